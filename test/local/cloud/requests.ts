// One request of each kind that changes something, as it should be: what `shapes.test.ts` spoils field by field.
import { runningCluster, singleNode, type Answer, type Lab } from './databricks/workspace-harness.ts';

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

const workspace =
  (path: string, method = 'POST'): Request['send'] =>
  (lab, body) =>
    lab.ws(method, path, body);
const refusedByDatabricks = ({ json }: Answer): boolean =>
  ['MALFORMED_REQUEST', 'INVALID_PARAMETER_VALUE'].includes(String(json.error_code));

/** Puts the id of a running cluster in the place of `CLUSTER`. */
const CLUSTER = 'the cluster';
const withCluster = async (lab: Lab, body: unknown): Promise<unknown> => {
  const listed = (await lab.ws('GET', '/api/2.1/clusters/list')).json.clusters as { cluster_id: string }[] | undefined;
  const id = listed?.[0]?.cluster_id ?? (await runningCluster(lab));
  return JSON.parse(JSON.stringify(body).replaceAll(CLUSTER, id)) as unknown;
};

const DATABRICKS: Request[] = [
  {
    name: 'clusters/create',
    body: {
      ...singleNode(),
      driver_node_type_id: 'Standard_D4ds_v5',
      azure_attributes: { availability: 'ON_DEMAND_AZURE', first_on_demand: 1, spot_bid_max_price: -1 },
      enable_elastic_disk: true,
      spark_env_vars: { A: 'b' },
    },
    free: ['spark_conf', 'custom_tags', 'spark_env_vars'],
    send: workspace('/api/2.1/clusters/create'),
    refused: refusedByDatabricks,
  },
  {
    name: 'clusters/edit',
    body: { ...singleNode(), cluster_id: CLUSTER },
    free: ['spark_conf', 'custom_tags'],
    prepare: withCluster,
    send: workspace('/api/2.1/clusters/edit'),
    refused: refusedByDatabricks,
  },
  {
    name: 'clusters/events',
    body: { cluster_id: CLUSTER, order: 'ASC', page_size: 10, event_types: ['RUNNING'] },
    prepare: withCluster,
    send: workspace('/api/2.1/clusters/events'),
    refused: refusedByDatabricks,
  },
  {
    name: 'libraries/install',
    body: { cluster_id: CLUSTER, libraries: [{ pypi: { package: 'openai' } }] },
    prepare: withCluster,
    send: workspace('/api/2.0/libraries/install'),
    refused: refusedByDatabricks,
  },
  {
    name: 'jobs/runs/submit',
    body: {
      run_name: 'a run',
      idempotency_token: 'once',
      timeout_seconds: 60,
      access_control_list: [{ group_name: 'users', permission_level: 'CAN_VIEW' }],
      tasks: [
        {
          task_key: 'notebook',
          existing_cluster_id: CLUSTER,
          timeout_seconds: 60,
          max_retries: 0,
          retry_on_timeout: false,
          notebook_task: { notebook_path: '/Shared/n', source: 'WORKSPACE', base_parameters: { a: 'b' } },
        },
      ],
    },
    free: ['tasks.0.notebook_task.base_parameters'],
    prepare: withCluster,
    send: workspace('/api/2.2/jobs/runs/submit'),
    refused: refusedByDatabricks,
  },
  {
    name: 'secrets/scopes/create',
    body: { scope: 's', scope_backend_type: 'DATABRICKS', initial_manage_principal: 'users' },
    send: workspace('/api/2.0/secrets/scopes/create'),
    refused: refusedByDatabricks,
  },
  {
    name: 'secrets/put',
    body: { scope: 'made', key: 'k', string_value: 'v' },
    prepare: async (lab, body) => {
      await lab.ws('POST', '/api/2.0/secrets/scopes/create', { scope: 'made' });
      return body;
    },
    send: workspace('/api/2.0/secrets/put'),
    refused: refusedByDatabricks,
  },
  {
    name: 'workspace/mkdirs',
    body: { path: '/Shared/x' },
    send: workspace('/api/2.0/workspace/mkdirs'),
    refused: refusedByDatabricks,
  },
  {
    name: 'workspace/import',
    body: { path: '/Users/n', format: 'SOURCE', language: 'PYTHON', content: 'eCA9IDE=', overwrite: true },
    send: workspace('/api/2.0/workspace/import'),
    refused: refusedByDatabricks,
  },
  {
    name: 'permissions/clusters',
    body: { access_control_list: [{ group_name: 'users', permission_level: 'CAN_RESTART' }] },
    send: async (lab, body) => {
      const id = String(await withCluster(lab, CLUSTER));
      return lab.ws('PATCH', `/api/2.0/permissions/clusters/${id}`, body);
    },
    refused: refusedByDatabricks,
  },
];

export const requestsOf = (): Request[] => [...ARM, ...CHAT, ...DATABRICKS];
