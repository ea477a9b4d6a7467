/**
 * The examples of `docs/api.md`, by operation. A test runs them from top to bottom against `npm start`, exactly as they stand but for the address.
 */

export const BASE = 'http://localhost:7071';

/** Shell, in the order of the page: a reader may try them from top to bottom. */
export const CURL: readonly { operation: string; text: string }[] = [
  {
    operation: 'startLab',
    text: `# What would happen, and what it would cost
curl -X POST '${BASE}/api/labs?dryRun=true' -H 'content-type: application/json' -d '{}'

# A lab that may be asked for twice and is made once
curl -X POST ${BASE}/api/labs \\
  -H 'content-type: application/json' -H 'idempotency-key: class-of-monday' \\
  -d '{"id": "monday", "idleMinutes": 240, "budgetUsd": 5}'

# Wait until it may be used: some twelve minutes on Azure
until curl ${BASE}/api/labs/monday | grep '"phase": "watching"'; do sleep 1; done`,
  },
  { operation: 'listLabs', text: `curl ${BASE}/api/labs` },
  { operation: 'getLab', text: `curl ${BASE}/api/labs/monday` },
  {
    operation: 'endLab',
    text: `# Another one, with people: two who may launch the workspace, and one who gets the cluster
curl -X POST ${BASE}/api/labs -H 'content-type: application/json' -d '{
  "id": "tuesday",
  "participants": ["aaaaaaaa-1111-4111-8111-111111111111", "bbbbbbbb-2222-4222-8222-222222222222"],
  "handOver": "ana@example.org"
}'

# What would go, and what would stay
curl -X DELETE '${BASE}/api/labs/tuesday?dryRun=true'

curl -X DELETE ${BASE}/api/labs/tuesday`,
  },
  { operation: 'endLabByPost', text: `curl -X POST ${BASE}/api/labs/tuesday/end` },
  { operation: 'keepLabAlive', text: `curl -X POST ${BASE}/api/labs/monday/keepalive` },
  {
    operation: 'completeLab',
    text: `BATCH=$(curl -X POST ${BASE}/api/labs/monday/completions \\
  -H 'content-type: application/json' -H 'idempotency-key: first-questions' \\
  -d '{"prompt": "Tell me a joke about animals.", "n": 3, "sessionId": "before"}' | grep -o 'http[^"]*')

# A prompt a line
curl -X POST ${BASE}/api/labs/monday/completions -H 'content-type: application/x-ndjson' --data-binary @- <<'EOF'
{"prompt": "Why is the sky blue?", "tags": {"topic": "physics"}}
"Name three uses of a paper clip."
EOF`,
  },
  {
    operation: 'getCompletions',
    text: `until curl "$BATCH" | grep '"state": "done"'; do sleep 1; done`,
  },
  {
    operation: 'probeLab',
    text: `curl -X POST ${BASE}/api/labs/monday/probe -H 'content-type: application/json' -d '{"n": 2}'`,
  },
  {
    operation: 'listTraces',
    text: `curl '${BASE}/api/labs/monday/traces?limit=5'

# Two of them for the examples below
TRACES=($(curl '${BASE}/api/labs/monday/traces?limit=5' | grep -o 'tr-[0-9a-f]\\{32\\}' | sort -u))`,
  },
  { operation: 'getTrace', text: `curl "${BASE}/api/labs/monday/traces/\${TRACES[0]}"` },
  {
    operation: 'compareTraces',
    text: `curl "${BASE}/api/labs/monday/traces/compare?a=\${TRACES[0]}&b=\${TRACES[1]}"`,
  },
  {
    operation: 'getDrift',
    text: `# The older half against the newer half; then one session against the newest two
curl ${BASE}/api/labs/monday/drift
curl '${BASE}/api/labs/monday/drift?baseline=session:before&current=count:2'`,
  },
  { operation: 'reportLab', text: `curl '${BASE}/api/labs/monday/report?format=md'` },
  { operation: 'dashboard', text: `curl ${BASE}/api/dashboard -o dashboard.html` },
  { operation: 'openapi', text: `curl ${BASE}/api/openapi.json -o openapi.json` },
  { operation: 'health', text: `curl ${BASE}/api/health` },
];

/** A client that needs nothing but Node: starts a lab, waits, asks, and ends it. */
export const TYPESCRIPT = `const base = '${BASE}/api/labs';
const headers = { 'content-type': 'application/json', 'x-functions-key': process.env.LAB_KEY ?? '' };

type Lab = { id: string; phase: string; problem?: { message: string; suggestion?: string }; links: { completions: string } };
type Problem = { code: string; detail?: string; errors?: { field: string; message: string }[] };

async function call<T>(url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, { ...init, headers });
  const answer: unknown = await response.json();
  if (response.ok) return answer as T;
  const { code, detail } = answer as Problem;
  throw new Error(\`\${response.status} \${code}: \${detail ?? ''}\`);
}

const { id } = await call<Lab>(base, { method: 'POST', body: JSON.stringify({ budgetUsd: 5, idleMinutes: 240 }) });

let lab: Lab;
do {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  lab = await call<Lab>(\`\${base}/\${id}\`);
  if (lab.phase === 'ended') throw new Error(lab.problem?.message ?? 'The lab has ended.');
} while (lab.phase !== 'watching');

const batch = await call<{ links: { self: string } }>(lab.links.completions, {
  method: 'POST',
  body: JSON.stringify(['Tell me a joke about animals.', { prompt: 'Why is the sky blue?', n: 2 }]),
});
type Batch = { kind: string; state: string };
let completions: Batch;
do {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  completions = await call<Batch>(batch.links.self);
} while (completions.state === 'running');
console.log(completions);

// Removes the lab and everything in it; leave this out to keep it.
await call(\`\${base}/\${id}\`, { method: 'DELETE' });`;
