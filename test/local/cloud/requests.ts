// One request of each kind that changes something, as it should be: what `shapes.test.ts` spoils field by field.
import type { Answer, Lab } from './databricks/workspace-harness.ts';

export type Request = {
  name: string;
  body: Record<string, unknown>;
  /** Paths of maps, whose names are the caller's. */
  free?: readonly string[];
  /** Paths of lists in whose place a text is as good. */
  textToo?: readonly string[];
  /** Puts in what only a living lab knows. */
  prepare?(lab: Lab, body: unknown): unknown;
  send(lab: Lab, body: unknown): Promise<Answer>;
  /** Whether an answer is a refusal in this service's form. */
  refused(answer: Answer): boolean;
};

const GUID = '1b671a64-40d5-491e-99b0-da01ff1f3341';

const errorOf = ({ json }: Answer): { code?: unknown; message?: unknown; type?: unknown } => json.error ?? {};

/** A call to Resource Manager in the lab's group, which exists. */
const arm =
  (method: string, path: (lab: Lab) => string, version: string): Request['send'] =>
  async (lab, body) => {
    const { state } = lab.cloud;
    const origin = lab.cloud.settings().ARM_ENDPOINT as string;
    const authorization = `Bearer ${state.issueToken('https://management.azure.com/')}`;
    const group = `${origin}/subscriptions/${state.subscriptionIds[0]}/resourceGroups/rg-lab`;
    lab.cloud.bystanders.group({ name: 'rg-lab' });
    return lab.ws(method, `${group}${path(lab)}?api-version=${version}`, body, {
      authorization,
      'x-databricks-azure-sp-management-token': undefined,
    });
  };
const refusedByArm = (answer: Answer): boolean =>
  typeof errorOf(answer).code === 'string' && /deserialized/.test(String(errorOf(answer).message));

const ARM: Request[] = [
  {
    name: 'PUT group',
    body: { location: 'eastus2', tags: { a: 'b' } },
    free: ['tags'],
    send: arm('PUT', () => '', '2025-04-01'),
    refused: refusedByArm,
  },
  {
    name: 'PUT tags',
    body: { properties: { tags: { a: 'b' } } },
    free: ['properties.tags'],
    send: arm('PUT', () => '/providers/Microsoft.Resources/tags/default', '2025-04-01'),
    refused: refusedByArm,
  },
  {
    name: 'PATCH tags',
    body: { operation: 'Merge', properties: { tags: { a: 'b' } } },
    free: ['properties.tags'],
    send: arm('PATCH', () => '/providers/Microsoft.Resources/tags/default', '2025-04-01'),
    refused: refusedByArm,
  },
  {
    name: 'PUT account',
    body: {
      location: 'eastus2',
      kind: 'OpenAI',
      sku: { name: 'S0' },
      tags: { a: 'b' },
      properties: {
        customSubDomainName: 'aoai-new',
        publicNetworkAccess: 'Enabled',
        disableLocalAuth: false,
        restrictOutboundNetworkAccess: false,
        allowedFqdnList: ['example.org'],
        networkAcls: { defaultAction: 'Allow', bypass: 'None', ipRules: [{ value: '10.0.0.1' }] },
      },
    },
    free: ['tags'],
    send: arm('PUT', () => '/providers/Microsoft.CognitiveServices/accounts/aoai-new', '2025-09-01'),
    refused: refusedByArm,
  },
  {
    name: 'PUT deployment',
    body: {
      sku: { name: 'GlobalStandard', capacity: 5 },
      tags: { a: 'b' },
      properties: {
        model: { format: 'OpenAI', name: 'gpt-5.1', version: '2025-11-13' },
        versionUpgradeOption: 'NoAutoUpgrade',
        raiPolicyName: 'Microsoft.DefaultV2',
      },
    },
    free: ['tags'],
    send: arm('PUT', () => '/providers/Microsoft.CognitiveServices/accounts/aoai-lab/deployments/more', '2025-09-01'),
    refused: refusedByArm,
  },
  {
    name: 'PUT workspace',
    body: {
      location: 'eastus2',
      sku: { name: 'premium' },
      tags: { a: 'b' },
      properties: {
        computeMode: 'Hybrid',
        managedResourceGroupId: '/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg-managed',
        publicNetworkAccess: 'Enabled',
        requiredNsgRules: 'AllRules',
        parameters: { enableNoPublicIp: { value: true }, natGatewayName: { value: 'nat' } },
      },
    },
    free: ['tags'],
    send: arm('PUT', () => '/providers/Microsoft.Databricks/workspaces/dbw-new', '2026-01-01'),
    refused: refusedByArm,
  },
  {
    name: 'PATCH workspace',
    body: { tags: { a: 'b' } },
    free: ['tags'],
    send: arm('PATCH', () => '/providers/Microsoft.Databricks/workspaces/dbw-lab', '2026-01-01'),
    refused: refusedByArm,
  },
  {
    name: 'PUT role assignment',
    body: {
      properties: {
        roleDefinitionId: '/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7',
        principalId: '0b8e1c52-0000-4000-8000-0000000000aa',
        principalType: 'User',
        description: 'a reader',
      },
    },
    send: arm('PUT', () => `/providers/Microsoft.Authorization/roleAssignments/${GUID}`, '2022-04-01'),
    refused: refusedByArm,
  },
];

const CHAT: Request[] = [
  {
    name: 'POST chat completion',
    body: {
      messages: [
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Tell me a joke.' }], name: 'ana' },
      ],
      temperature: 1,
      top_p: 1,
      n: 1,
      stream: false,
      stop: ['THE END'],
      max_completion_tokens: 500,
      presence_penalty: 0,
      frequency_penalty: 0,
      user: 'ana',
      seed: 7,
      response_format: { type: 'text' },
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      metadata: { a: 'b' },
      modalities: ['text'],
    },
    free: ['metadata'],
    textToo: ['stop', 'messages.1.content'],
    send: (lab, body) =>
      lab.chat('POST', '/openai/deployments/chat/chat/completions?api-version=2025-04-01-preview', body, {
        'api-key': lab.account().keys.key1,
      }),
    refused: (answer) => errorOf(answer).type === 'invalid_request_error',
  },
];

export const requestsOf = (): Request[] => [...ARM, ...CHAT];
