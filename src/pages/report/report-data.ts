/**
 * All that a report tells of one lab, read once and rendered as JSON, as Markdown or as a page. Of a living lab it is what its status and its workspace say now; of one that has
 * ended, what its report kept.
 */
import { quantile } from '../../drift/statistics/distance.ts';
import type { TraceFeatures } from '../../drift/features.ts';
import type { DriftFindings } from '../../drift/findings.ts';
import type { DriftView } from '../../lab/traces/windows.ts';
import type { LabView } from '../../hub/lab-view.ts';
import { deploymentName, resourceNames, type LabRef } from '../../lab/names.ts';
import type { Step, StepName } from '../../lab/steps.ts';
import type { LabPlace } from '../../lab/resources.ts';
import type { LabReport } from '../../contracts/report.ts';
import type { TraceLine } from '../../lab/traces/features.ts';

export type Resource = {
  kind: 'group' | 'account' | 'deployment' | 'workspace' | 'cluster' | 'experiment';
  name: string;
  region: string | null;
  detail: string | null;
  borrowed: boolean;
  /** A page of it, while it exists. */
  link: string | null;
};

export type TraceSummary = {
  count: number;
  /** There are more, older ones. */
  cut: boolean;
  failed: number;
  refused: number;
  tokensIn: number;
  tokensOut: number;
  latencyMs: { median: number; p95: number } | null;
};

/** A dot of the latency chart. */
export type TracePoint = { timeMs: number; latencyMs: number; failed: boolean };

export type LabPicture = {
  /** ISO time of the reading. */
  at: string;
  view: LabView;
  /** What the lab was asked: null where its orchestration is lost. */
  prompts: { system: string; prompt: string } | null;
  resources: Resource[];
  traces: TraceSummary | null;
  points: TracePoint[];
  /** Only while the workspace is there. */
  recent: TraceLine[];
  drift: { findings: DriftFindings; asked: DriftView['asked'] | null } | null;
  /** Why there is nothing of traces and drift where there should be. */
  unread: boolean;
};

const MOST_POINTS = 400;

export function summaryOf(traces: readonly TraceFeatures[], cut: boolean): TraceSummary {
  const sum = (of: (trace: TraceFeatures) => number | null): number =>
    traces.reduce((total, it) => total + (of(it) ?? 0), 0);
  const latencies = Float64Array.from(traces.flatMap((it) => (it.latencyMs === null ? [] : [it.latencyMs]))).sort();
  return {
    count: traces.length,
    cut,
    failed: traces.filter((it) => it.state === 'ERROR').length,
    refused: traces.filter((it) => it.refusal === true).length,
    tokensIn: sum((it) => it.promptTokens),
    tokensOut: sum((it) => it.completionTokens),
    latencyMs: latencies.length === 0 ? null : { median: quantile(latencies, 0.5), p95: quantile(latencies, 0.95) },
  };
}

/** The newest, oldest first. */
export const pointsOf = (traces: readonly TraceFeatures[]): TracePoint[] =>
  traces
    .flatMap((it) =>
      it.latencyMs === null
        ? []
        : [{ timeMs: it.requestTimeMs, latencyMs: it.latencyMs, failed: it.state === 'ERROR' }],
    )
    .slice(-MOST_POINTS);

type Known = Partial<LabPlace> & { clusterId?: string };

const BARE = { detail: null, borrowed: false, link: null };

/** What the lab is made of, as far as it is known: by what it says of itself or, before it does, by the steps that have made something. */
export function resourcesOf(lab: LabRef, steps: readonly Step[], known: Known, running: boolean): Resource[] {
  const group = steps.find((it) => it.name === 'group');
  if (group === undefined) return [];
  const told = toldOf(known, running);
  const made = madeBy(lab, steps).filter(({ kind }) => !told.some((it) => it.kind === kind));
  const order = (it: Resource): number => KINDS.indexOf(it.kind);
  const own: Resource = { ...BARE, kind: 'group', name: lab.group, region: group.region ?? null };
  return [own, ...told, ...made].sort((a, b) => order(a) - order(b));
}

const KINDS: readonly Resource['kind'][] = ['group', 'account', 'deployment', 'workspace', 'cluster', 'experiment'];

/** A step that ended early may have made its resource; one that failed has had it removed. */
function madeBy(lab: LabRef, steps: readonly Step[]): Resource[] {
  const newest = (name: StepName): Step | undefined => {
    const step = steps.findLast((it) => it.name === name);
    return step?.state === 'done' || step?.state === 'ended' ? step : undefined;
  };
  const [account, deployment, workspace] = [newest('account'), newest('deployment'), newest('workspace')];
  const of = (kind: Resource['kind'], step: Step, name: string): Resource => ({
    ...BARE,
    kind,
    name,
    region: step.region ?? null,
  });
  const borrows = !steps.some((it) => it.name === 'account');
  return [
    ...(account ? [of('account', account, resourceNames(lab, account.attempt ?? 1).account)] : []),
    ...(deployment?.subject ? [of('deployment', deployment, deploymentName(lab, deployment.subject, borrows))] : []),
    ...(workspace ? [of('workspace', workspace, resourceNames(lab, workspace.attempt ?? 1).workspace)] : []),
  ];
}

function toldOf({ account, deployment, workspace, connection, clusterId }: Known, running: boolean): Resource[] {
  const base = BARE;
  return [
    ...(account
      ? [
          {
            ...base,
            kind: 'account' as const,
            name: account.name,
            region: account.region,
            detail: account.endpoint,
            borrowed: account.borrowed === true,
          },
        ]
      : []),
    ...(deployment
      ? [
          {
            ...base,
            kind: 'deployment' as const,
            name: deployment.name,
            region: account?.region ?? null,
            detail: `${deployment.model} ${deployment.version}, ${deployment.sku}, api ${deployment.apiVersion}`,
            borrowed: deployment.borrowed === true,
          },
        ]
      : []),
    ...(workspace
      ? [
          {
            ...base,
            kind: 'workspace' as const,
            name: workspace.name,
            region: workspace.region,
            detail: workspace.url,
            borrowed: workspace.borrowed === true,
            link: running ? workspace.url : null,
          },
        ]
      : []),
    ...(clusterId === undefined
      ? []
      : [{ ...base, kind: 'cluster' as const, name: clusterId, region: workspace?.region ?? null }]),
    ...(connection
      ? [
          {
            ...base,
            kind: 'experiment' as const,
            name: connection.experimentPath,
            region: workspace?.region ?? null,
            link: running && workspace ? `${workspace.url}/ml/experiments/${connection.experimentId}` : null,
          },
        ]
      : []),
  ];
}

/** When nobody used the lab between its building and its removal; null where it was never watched. */
export function waitingOf(view: LabView, at: string): { from: string; to: string } | null {
  const verified = view.steps.filter((it) => it.name.endsWith('-verification') && it.state === 'done');
  const from = verified
    .map((it) => it.endedAt ?? it.startedAt)
    .sort()
    .at(-1);
  if (from === undefined || verified.length < 2) return null;
  const to = view.report?.end.at ?? view.steps.find((it) => it.name === 'inventory')?.startedAt ?? at;
  return to > from ? { from, to } : null;
}

/** When it was complete: the end of its last verification. */
export const builtAt = (view: LabView): string | null => waitingOf(view, '9999')?.from ?? null;

/** The document of the API: everything, with the numbers of the traces that a later lab can be compared with. */
export const documentOf = (
  { at, view, prompts, resources, traces, recent, drift }: LabPicture,
  features: LabReport['features'],
) => ({
  at,
  ...view,
  prompts,
  resources,
  traces,
  recent,
  drift: drift?.findings ?? null,
  ...(drift?.asked ? { asked: drift.asked } : {}),
  ...(features ? { features } : {}),
});
