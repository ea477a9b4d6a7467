/** The templates, evaluated as a deployment would for every mode: what reaches Azure is what these tests look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PREFERRED_REGIONS, REQUIRED_PROVIDERS } from '../../src/lab/catalog/regions.ts';
import type { LabRef } from '../../src/lab/names.ts';
import { TAGS } from '../../src/lab/tags.ts';
import { missingRights } from '../../src/activities/plan/permissions.ts';
import type { Arm } from '../../src/clients/arm/arm.ts';
import { parseSettings, SETTING_NAMES } from '../../src/settings.ts';
import { rolesOf as removableRoles, wantedIn } from '../../scripts/azd/rights.ts';
import { INPUTS } from '../../scripts/azd/check-settings.ts';
import { LAB_PROVIDERS } from '../../scripts/azd/prepare-subscriptions.ts';
import type { Deployment } from './bicep.ts';
import type { Value } from './bicep-values.ts';
import { parseBicep } from './bicep-syntax.ts';
import { TENANT } from './bicep-functions.ts';
import { CLIENT, deployed, DEPLOYER, modes, OTHER_SUBSCRIPTION as OTHER, SIGN_IN, SUBSCRIPTION } from './modes.ts';
import { hostJsonFor } from '../../scripts/package/host-json.ts';

/** With letters, which capitals need. */
const OTHER_LETTERS = 'abcdefab-2222-3333-4444-555555555555';
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

const templates = ['infra/main.bicep', ...readdirSync('infra/modules').map((it) => `infra/modules/${it}`)];

const all = (of: Deployment, type: string) => of.resources.filter((it) => it.type === type);
const body = (of: Deployment, type: string): Record<string, Value> => {
  const found = all(of, type);
  expect(found, type).toHaveLength(1);
  return JSON.parse(JSON.stringify(found[0]!.body)) as Record<string, Value>;
};
const properties = <T>(of: Deployment, type: string): T => body(of, type)['properties'] as T;
const configOf = (of: Deployment, name: string) =>
  all(of, 'Microsoft.Web/sites/config').find((it) => it.body['name'] === name)?.body['properties'];
const settingsOf = (of: Deployment) =>
  JSON.parse(JSON.stringify(configOf(of, 'appsettings'))) as Record<string, string>;

describe('the templates', () => {
  it.each(templates)('%s is Bicep', async (file) => {
    expect((await parseBicep(file)).type).toBe('infrastructure');
  });

  it.each(modes)(
    'evaluate $name: every name resolves, every parameter fits, no two resources share an id',
    async ({ params }) => {
      const { resources, outputs } = await deployed(params);
      const ids = resources.map((it) => it.id.toLowerCase());
      expect(new Set(ids).size).toBe(ids.length);
      expect(Object.values(outputs).every((it) => it !== null)).toBe(true);
    },
  );

  it('refuse what a deployment would refuse: an unknown mode, a missing name, a parameter that is not there', async () => {
    await expect(deployed({ rights: 'everything' })).rejects.toThrow('may not be everything');
    await expect(deployed({ environmentName: 7 })).rejects.toThrow('is number, not string');
    await expect(deployed({ colour: 'red' })).rejects.toThrow('no parameter colour');
  });

  it('are the same the second time: nothing in a name depends on the day', async () => {
    expect(JSON.stringify(await deployed())).toBe(JSON.stringify(await deployed()));
  });

  it('list every resource type and version in the decision, and no other', async () => {
    const used = new Set<string>();
    for (const { params } of modes)
      for (const it of (await deployed(params)).resources) used.add(`${it.type}@${it.apiVersion}`);
    const decision = readFileSync('docs/decisions/0007-resource-types.md', 'utf8');
    const listed = [...decision.matchAll(/^\| `([\w./]+)`\s+\| (\S+)\s+\|/gm)].map(
      ([, type, version]) => `${type}@${version}`,
    );
    expect(listed.toSorted()).toEqual([...used].toSorted());
  });
});

describe('subscription ids as people write them', () => {
  const clean = { allowedSubscriptionIds: OTHER, participants: 'true' };
  it.each([
    ['a comma at the end', { allowedSubscriptionIds: `${OTHER},` }],
    ['a comma at the start, and blanks', { allowedSubscriptionIds: ` , ${OTHER} ` }],
    ['capitals', { allowedSubscriptionIds: OTHER_LETTERS.toUpperCase() }, { allowedSubscriptionIds: OTHER_LETTERS }],
    ["the app's own again", { allowedSubscriptionIds: `${SUBSCRIPTION},${OTHER}` }],
    [
      'the one of labs in capitals, and again',
      { labSubscriptionId: OTHER_LETTERS.toUpperCase(), allowedSubscriptionIds: OTHER_LETTERS },
      { labSubscriptionId: OTHER_LETTERS, allowedSubscriptionIds: '' },
    ],
    ['one of them twice', { allowedSubscriptionIds: `${OTHER},${OTHER}` }],
    ['nothing but a comma', { allowedSubscriptionIds: ',' }, { allowedSubscriptionIds: '' }],
  ])(
    '%s: deploy what the same ids deploy in lower case, once',
    async (_, written: Record<string, string>, meant: Record<string, string> = {}) => {
      const rights = async (params: Record<string, Value>) =>
        (await deployed({ ...clean, ...params })).resources
          .filter((it) => it.type.startsWith('Microsoft.Authorization/'))
          .map(({ id, scope, body }) => ({ id, scope, body }));
      expect(await rights(written)).toEqual(await rights(meant));
    },
  );
});

describe('settings', () => {
  const platform = [
    'AzureWebJobsStorage__accountName',
    'AzureWebJobsStorage__credential',
    'AzureWebJobsStorage__clientId',
    'APPLICATIONINSIGHTS_CONNECTION_STRING',
    'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
    'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
  ];

  it('in Azure are exactly those that the code reads, and those that the host reads', async () => {
    expect(Object.keys(settingsOf(await deployed())).toSorted()).toEqual([...SETTING_NAMES, ...platform].toSorted());
  });

  it('in the example file are exactly those that the code reads, and the two that a local host needs', () => {
    const example = JSON.parse(readFileSync('local.settings.example.json', 'utf8')) as {
      Values: Record<string, string>;
    };
    const local = ['FUNCTIONS_WORKER_RUNTIME', 'AzureWebJobsStorage'];
    expect(Object.keys(example.Values).toSorted()).toEqual([...SETTING_NAMES, ...local].toSorted());
  });

  it('of a plain deployment are accepted by the app and are its own defaults', async () => {
    const deployment = await deployed();
    const { installation, ...rest } = parseSettings(settingsOf(deployment));
    const { installation: _, ...defaults } = parseSettings({
      LAB_INSTALLATION: 'any',
      LAB_SUBSCRIPTION_ID: SUBSCRIPTION,
      AZURE_CLIENT_ID: CLIENT,
    });
    expect(rest).toEqual(defaults);
    expect(rest.regions).toEqual([...PREFERRED_REGIONS]);
    expect(deployment.outputs['APP_INSTALLATION']).toBe(installation);
  });

  it('that are set to nothing have their defaults, as azd hands them on', async () => {
    const empty = Object.fromEntries(
      [...readFileSync('infra/main.bicep', 'utf8').matchAll(/^param (\w+) string = /gm)].map((it) => [it[1]!, '']),
    );
    expect(Object.keys(empty).length).toBeGreaterThan(20);
    const { resources } = await deployed(empty);
    const site = ({ type }: { type: string }) => type !== 'Microsoft.Web/sites/config';
    expect(JSON.stringify(resources.filter(site))).toBe(JSON.stringify((await deployed()).resources.filter(site)));
    const asParsed = parseSettings(settingsOf(await deployed(empty)));
    expect(asParsed).toEqual(parseSettings(settingsOf(await deployed())));
  });

  it.each([
    ['function-app', 'labSettings'],
    ['app-settings', 'current'],
    ['app-settings', 'owned'],
  ])('are in no history of deployments: %s takes %s as a secure parameter', (module, name) => {
    // What is not secure is told to everybody who may read deployments.
    const text = readFileSync(`infra/modules/${module}.bicep`, 'utf8');
    expect(text).toMatch(new RegExp(`^@secure\\(\\)\\n(?:@description\\(.*\\)\\n)?param ${name} object$`, 'm'));
  });

  it('hold no key and no secret', async () => {
    for (const { params } of modes) {
      const text = JSON.stringify(settingsOf(await deployed(params)));
      expect(text).not.toMatch(/AccountKey|SharedAccess|listKeys|password/i);
    }
  });

  it('of every azd variable reach a parameter of the template, and no output takes the name of an input', async () => {
    const file = JSON.parse(readFileSync('infra/main.parameters.json', 'utf8')) as {
      parameters: Record<string, { value: string }>;
    };
    const declared = [...readFileSync('infra/main.bicep', 'utf8').matchAll(/^param (\w+)/gm)].map((it) => it[1]);
    expect(Object.keys(file.parameters).toSorted()).toEqual(declared.toSorted());
    const inputs = Object.values(file.parameters).map((it) => it.value.slice(2, -1));
    expect(new Set(inputs).size).toBe(inputs.length);
    const { outputs } = await deployed();
    expect(Object.keys(outputs).filter((it) => inputs.includes(it) || SETTING_NAMES.includes(it))).toEqual([]);
  });
});

describe('the function app', () => {
  const host = JSON.parse(readFileSync('host.json', 'utf8')) as {
    extensions: { durableTask: { hubName: string; storageProvider: { type: string } } };
  };

  it('runs a Node that the package allows, on Flex Consumption, with one instance ready for orchestrations', async () => {
    const deployment = await deployed();
    const { functionAppConfig: config } = properties<{
      functionAppConfig: {
        runtime: { name: string; version: string };
        scaleAndConcurrency: { alwaysReady: Value };
        deployment: { storage: { authentication: { type: string } } };
      };
    }>(deployment, 'Microsoft.Web/sites');
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(config.runtime.name).toBe('node');
    expect(Number(config.runtime.version)).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
    expect(config.scaleAndConcurrency.alwaysReady).toEqual([{ name: 'durable', instanceCount: 1 }]);
    expect(config.deployment.storage.authentication.type).toBe('UserAssignedIdentity');
    expect(body(deployment, 'Microsoft.Web/serverfarms')['sku']).toEqual({ name: 'FC1', tier: 'FlexConsumption' });
  });

  it('keeps orchestrations where the host.json of its package says, with the task hub of the same name', async () => {
    expect(host.extensions.durableTask.storageProvider.type).toBe('AzureStorage');
    const scheduled = await deployed({ durableBackend: 'durableTaskScheduler' });
    const packaged = JSON.parse(
      hostJsonFor('durableTaskScheduler', readFileSync('host.json', 'utf8')),
    ) as typeof host & { extensions: { durableTask: { storageProvider: { connectionStringName: string } } } };
    const { type, connectionStringName } = packaged.extensions.durableTask.storageProvider;
    expect(type).toBe('azureManaged');
    expect(settingsOf(scheduled)[connectionStringName]).toContain(`Authentication=ManagedIdentity;ClientID=${CLIENT}`);
    expect(settingsOf(await deployed())).not.toHaveProperty(connectionStringName);
    // What scales the plan reads the file: a setting that overrides it would tell the host something else.
    expect(Object.keys(settingsOf(scheduled)).filter((it) => it.startsWith('AzureFunctionsJobHost__'))).toEqual([]);
    expect(packaged.extensions.durableTask.hubName).toBe(host.extensions.durableTask.hubName);
    expect(body(scheduled, 'Microsoft.DurableTask/schedulers/taskHubs')['name']).toBe(
      host.extensions.durableTask.hubName,
    );
  });

  it("keeps a scheduler's histories for as long as they may be kept, and shows its dashboard to a person who deploys", async () => {
    const person = { deployerId: DEPLOYER, deployerType: 'User' };
    const scheduled = await deployed({ durableBackend: 'durableTaskScheduler', ...person });
    expect(properties(scheduled, 'Microsoft.DurableTask/schedulers/retentionPolicies')).toEqual({
      retentionPolicies: [{ retentionPeriodInDays: 30 }],
    });
    const viewers = (of: Deployment) =>
      JSON.stringify(all(of, 'Microsoft.Authorization/roleAssignments')).split(DEPLOYER);
    expect(viewers(scheduled)).toHaveLength(2);
    expect(viewers(await deployed(person))).toHaveLength(1);
    const pipeline = { ...person, deployerType: 'ServicePrincipal', durableBackend: 'durableTaskScheduler' };
    expect(viewers(await deployed(pipeline))).toHaveLength(1);
  });

  it('has an instance ready for orchestrations unless told otherwise', async () => {
    const ready = async (alwaysReady: string) =>
      properties<{ functionAppConfig: { scaleAndConcurrency: { alwaysReady: Value } } }>(
        await deployed({ alwaysReady }),
        'Microsoft.Web/sites',
      ).functionAppConfig.scaleAndConcurrency.alwaysReady;
    expect(await ready('')).toHaveLength(1);
    expect(await ready('true')).toHaveLength(1);
    expect(await ready('false')).toEqual([]);
  });

  describe('deployed again', () => {
    const portal = { MICROSOFT_PROVIDER_AUTHENTICATION_SECRET: 'a secret', WEBSITE_TIME_ZONE: 'Europe/Lisbon' };

    it('keeps the settings of others, and its own win', async () => {
      const current = { ...portal, LAB_LEASE_MINUTES: '240', AZURE_CLIENT_ID: 'of an identity that is gone' };
      const settings = settingsOf(await deployed({}, SUBSCRIPTION, current));
      expect(settings).toMatchObject({ ...portal, LAB_LEASE_MINUTES: '90', AZURE_CLIENT_ID: CLIENT });
      expect(settings).toEqual({ ...settingsOf(await deployed()), ...portal });
    });

    it.each(['azureStorage', 'durableTaskScheduler'])(
      'goes to %s and leaves nothing of the other backend',
      async (to) => {
        const from = to === 'azureStorage' ? 'durableTaskScheduler' : 'azureStorage';
        const overrides = {
          AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged',
          AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'SOME_NAME',
          LAB_OF_AN_EARLIER_TEMPLATE: 'yes',
        };
        const before = settingsOf(await deployed({ durableBackend: from }, SUBSCRIPTION, portal));
        const after = settingsOf(await deployed({ durableBackend: to }, SUBSCRIPTION, { ...before, ...overrides }));
        expect(after).toEqual({ ...settingsOf(await deployed({ durableBackend: to })), ...portal });
      },
    );

    it('leaves sign-in as it is where no app registration is named, on or off', async () => {
      const settings = settingsOf(await deployed({ signInClientId: SIGN_IN }));
      const again = await deployed({}, SUBSCRIPTION, settings);
      expect(configOf(again, 'authsettingsV2')).toBeUndefined();
      // Its settings stay with it.
      expect(settingsOf(again)).toMatchObject({ OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: CLIENT });
    });
  });

  it('signs people in with an app registration of one tenant, without a secret', async () => {
    const deployment = await deployed({ signInClientId: SIGN_IN });
    const auth = JSON.parse(JSON.stringify(configOf(deployment, 'authsettingsV2'))) as {
      platform: object;
      globalValidation: object;
      identityProviders: { azureActiveDirectory: { registration: Record<string, string> } };
    };
    expect(auth.platform).toEqual({ enabled: true });
    expect(auth.globalValidation).toMatchObject({
      requireAuthentication: true,
      unauthenticatedClientAction: 'Return401',
    });
    const { clientId, clientSecretSettingName, openIdIssuer } =
      auth.identityProviders.azureActiveDirectory.registration;
    expect(clientId).toBe(SIGN_IN);
    expect(openIdIssuer).toBe(`https://login.microsoftonline.com/${TENANT}/v2.0`);
    expect(settingsOf(deployment)).toMatchObject({
      [clientSecretSettingName!]: CLIENT,
      WEBSITE_AUTH_AAD_ALLOWED_TENANTS: TENANT,
    });
  });

  it('is reached without a key: storage, telemetry and publishing refuse them', async () => {
    const deployment = await deployed();
    expect(properties(deployment, 'Microsoft.Storage/storageAccounts')).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
    });
    expect(properties(deployment, 'Microsoft.Insights/components')).toMatchObject({ DisableLocalAuth: true });
    const publishing = all(deployment, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    expect(publishing.map((it) => [it.body['name'], it.body['properties']])).toEqual([
      ['ftp', { allow: false }],
      ['scm', { allow: false }],
    ]);
  });

  it('is written to by one resource at a time: what writes to the site side by side races', async () => {
    const { resources } = await deployed({ signInClientId: SIGN_IN });
    const site = resources.find((it) => it.type === 'Microsoft.Web/sites')!;
    const writers = resources.filter((it) => it.id.startsWith(`${site.id}/`));
    expect(writers.map((it) => it.body['name'])).toEqual(['appsettings', 'ftp', 'scm', 'authsettingsV2']);
    for (const [index, it] of writers.entries()) {
      expect(it.after, it.id).toEqual(
        expect.arrayContaining([
          site.id,
          ...writers
            .slice(0, index)
            .slice(-1)
            .map((one) => one.id),
        ]),
      );
    }
  });

  it('carries the tag by which azd finds it, and nothing carries a tag of labs', async () => {
    const { resources } = await deployed({ durableBackend: 'durableTaskScheduler' });
    const labTags = Object.values(TAGS) as string[];
    for (const it of resources) {
      const tags = Object.keys((it.body['tags'] ?? {}) as object);
      expect(tags.filter((name) => labTags.includes(name))).toEqual([]);
    }
    const site = resources.find((it) => it.type === 'Microsoft.Web/sites')!;
    expect(site.body['tags']).toMatchObject({ 'azd-env-name': 'dev', 'azd-service-name': 'api' });
  });
});

describe('rights', () => {
  type Role = { roleName: string; permissions: [{ actions: string[]; dataActions: string[] }] };
  const rolesOf = (of: Deployment) =>
    all(of, 'Microsoft.Authorization/roleDefinitions').map((it) => ({
      ...it,
      role: it.body['properties'] as unknown as Role,
    }));
  const CHAT = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action';
  const changing = (actions: string[]) => actions.filter((it) => !it.endsWith('/read'));

  it('never allow the app to give rights where nobody is let in, nor everything', async () => {
    for (const { params } of modes.filter((it) => it.params['participants'] !== 'true')) {
      for (const { role } of rolesOf(await deployed(params))) {
        const actions = role.permissions[0].actions;
        expect(actions).not.toContain('*');
        expect(changing(actions).filter((it) => /^Microsoft\.(?:Authorization|\*)/i.test(it))).toEqual([]);
      }
    }
  });

  it('to let participants in are rights to give one role, which admits to workspaces and is worth nothing else', async () => {
    const deployment = await deployed({ participants: 'true', allowedSubscriptionIds: OTHER });
    const roleId = settingsOf(deployment)['LAB_PARTICIPANT_ROLE_ID']!;
    const roles = rolesOf(deployment);
    const given = roles.filter((it) => it.name === roleId);
    expect(given.map((it) => it.role.permissions[0].actions)).toEqual([
      ['Microsoft.Databricks/workspaces/read', 'Microsoft.Databricks/workspaces/assignWorkspaceAdmin/action'],
    ]);
    const giving = roles.filter((it) =>
      it.role.permissions[0].actions.some((one) => one.endsWith('Assignments/write')),
    );
    expect(giving).toHaveLength(2);
    for (const { id, role } of giving) {
      expect(role.permissions[0].actions.every((it) => it.startsWith('Microsoft.Authorization/roleAssignments/'))).toBe(
        true,
      );
      const assigned = all(deployment, 'Microsoft.Authorization/roleAssignments')
        .map((it) => it.body['properties'] as Record<string, string>)
        .filter((it) => it['roleDefinitionId'] === id);
      expect(assigned).toHaveLength(1);
      // Both the roles that are given and those that are taken.
      expect(assigned[0]!['condition']!.split(`GuidEquals {${roleId}}`)).toHaveLength(3);
      expect(assigned[0]!['conditionVersion']).toBe('2.0');
    }
  });

  it('in a dedicated subscription cover what a lab makes and removes, reading all before deleting, and chat without an assignment', async () => {
    const [{ role } = raise()] = rolesOf(await deployed());
    const [{ actions, dataActions }] = role.permissions;
    expect(dataActions).toEqual([CHAT]);
    expect(actions).toEqual(
      expect.arrayContaining([
        '*/read',
        'Microsoft.Resources/subscriptions/resourceGroups/write',
        'Microsoft.Resources/subscriptions/resourceGroups/delete',
        'Microsoft.CognitiveServices/accounts/write',
        'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete',
        // The wildcard holds assignWorkspaceAdmin, which a first login needs.
        'Microsoft.Databricks/workspaces/*',
        ...REQUIRED_PROVIDERS.map((it) => `${it}/register/action`),
      ]),
    );
  });

  it('with a given group let the app change nothing outside it but a purge and groups for workspaces, and delete no group at all', async () => {
    const deployment = await deployed({ rights: 'group', labResourceGroup: 'rg-given' });
    const [outside = raise(), inside = raise()] = rolesOf(deployment);
    expect(changing(outside.role.permissions[0].actions)).toEqual([
      // A question whether a name is free, asked by POST.
      'Microsoft.CognitiveServices/checkDomainAvailability/action',
      'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete',
      'Microsoft.Resources/subscriptions/resourceGroups/write',
    ]);
    expect(outside.role.permissions[0].actions).not.toContain('*/read');
    expect(outside.role.permissions[0].dataActions).toEqual([]);
    expect(inside.role.permissions[0].actions.filter((it) => /resourceGroups\/(?:write|delete)/.test(it))).toEqual([]);
    const assigned = all(deployment, 'Microsoft.Authorization/roleAssignments').find(
      (it) => (it.body['properties'] as Record<string, Value>)['roleDefinitionId'] === inside.id,
    );
    expect(assigned?.scope).toBe(`/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-given`);
  });

  it("satisfy the app's own pre-flight in both modes; with a given group that asks for no right to delete groups", async () => {
    const lacking = async (of: Deployment, resourceGroup: string) => {
      const [above = raise(), there = above] = rolesOf(of).map((it) => ({ ...it.role.permissions[0], notActions: [] }));
      const arm = { permissions: async (scope: string) => [above, ...(scope === '' ? [] : [there])] } as unknown as Arm;
      const lab = { subscriptionId: SUBSCRIPTION, group: 'rg-own', resourceGroup } as LabRef;
      return (await missingRights(arm, lab, { account: true, workspace: true, providers: [] }))
        .map((it) => it.action)
        .filter((it) => !it.endsWith('/register/action'));
    };
    expect(await lacking(await deployed(), 'rg-own')).toEqual([]);
    const given = await deployed({ rights: 'group', labResourceGroup: 'rg-given' });
    expect(await lacking(given, 'rg-given')).toEqual([]);
  });

  it('keep their role when the mode changes, so that no assignment of the other mode stays', async () => {
    const dedicated = rolesOf(await deployed()).map((it) => it.id);
    const given = rolesOf(await deployed({ rights: 'group', labResourceGroup: 'rg-given' })).map((it) => it.id);
    expect(given).toEqual(expect.arrayContaining(dedicated));
  });

  it('are assigned each, and needed: no role is made that nobody has', async () => {
    for (const { name, params } of modes) {
      const deployment = await deployed({ ...params, allowedSubscriptionIds: OTHER });
      const assigned = all(deployment, 'Microsoft.Authorization/roleAssignments').map(
        (it) => it.body['properties'] as Record<string, string>,
      );
      for (const { id, name: guid } of rolesOf(deployment)) {
        // The participants' role is given by the app, one lab at a time; whoever may give it names it in the condition.
        const isUsed = assigned.some((it) => it['roleDefinitionId'] === id || it['condition']?.includes(guid));
        expect(isUsed, `${name}: ${id}`).toBe(true);
      }
    }
  });

  it('with a given group reach no further subscription, where no lab can be built', async () => {
    const given = { rights: 'group', labResourceGroup: 'rg-given' };
    const deployment = await deployed({ ...given, allowedSubscriptionIds: OTHER });
    expect(deployment.resources.filter((it) => it.scope.includes(OTHER))).toEqual([]);
    expect(settingsOf(deployment)['LAB_ALLOWED_SUBSCRIPTION_IDS']).toBe('');
  });

  it('are found by the hook that removes them, in every subscription', async () => {
    const people = { allowedSubscriptionIds: OTHER, participants: 'true' };
    const deployment = await deployed({ rights: 'group', labResourceGroup: 'rg-given', participants: 'true' });
    deployment.resources.push(...(await deployed(people)).resources.filter((it) => it.scope.includes(OTHER)));
    const app = { environmentName: 'dev', subscriptionId: SUBSCRIPTION };
    const removable = [SUBSCRIPTION, OTHER].flatMap((it) => Object.values(removableRoles(app, it)));
    const made = rolesOf(deployment).map(({ id, role: { roleName } }) => ({ id, properties: { roleName } }));
    expect(made).toHaveLength(6);
    // The participants' role is one for all subscriptions; that of a given group lies where the group does.
    expect(made.toSorted(byId)).toEqual(
      removable.filter((it) => !/(?:participant|group) .* in 9/.test(it.properties.roleName)).toSorted(byId),
    );
  });

  it.each(modes)(
    'are known to the hook that takes back the others, role by role and scope by scope, $name',
    async ({ params }) => {
      const variables = JSON.parse(readFileSync('infra/main.parameters.json', 'utf8')) as {
        parameters: Record<string, { value: string }>;
      };
      const given = Object.entries(params).map(([name, value]) => [
        variables.parameters[name]!.value.slice(2, -1),
        value,
      ]);
      const env = {
        AZURE_ENV_NAME: 'dev',
        AZURE_SUBSCRIPTION_ID: SUBSCRIPTION,
        ...Object.fromEntries(given),
      } as Record<string, string>;
      const deployment = await deployed(params);
      for (const id of [SUBSCRIPTION, OTHER]) {
        const wanted = wantedIn(env, id);
        const roles = removableRoles({ environmentName: 'dev', subscriptionId: SUBSCRIPTION }, id);
        for (const [kind, role] of Object.entries(roles)) {
          const isMade = rolesOf(deployment).some((it) => it.id === role.id);
          const scopes = all(deployment, 'Microsoft.Authorization/roleAssignments')
            .filter((it) => (it.body['properties'] as Record<string, string>)['roleDefinitionId'] === role.id)
            .map((it) => it.scope);
          const expected = wanted[kind as keyof typeof wanted];
          expect(isMade, `${kind} in ${id}`).toBe(expected !== undefined);
          expect(scopes).toEqual(expected?.scope ? [expected.scope] : []);
        }
      }
    },
  );

  it('of two apps with one name, in two subscriptions with labs in one, share neither the id nor the name of a role', async () => {
    const params = { labSubscriptionId: OTHER, participants: 'true', rights: 'group', labResourceGroup: 'rg-given' };
    const roles = [...rolesOf(await deployed(params)), ...rolesOf(await deployed(params, OTHER))];
    expect(roles).toHaveLength(8);
    expect(new Set(roles.map((it) => it.id)).size).toBe(8);
    expect(new Set(roles.map((it) => it.role.roleName)).size).toBe(8);
  });

  it('need the providers that the hook registers', () => {
    expect(LAB_PROVIDERS).toEqual(expect.arrayContaining([...REQUIRED_PROVIDERS]));
  });
});

describe('the workbook and the alerts', () => {
  const queries = readdirSync('infra/queries').filter((it) => it !== 'events.kql');
  const textOf = (file: string): string => readFileSync(`infra/queries/${file}`, 'utf8');

  it.each(queries)('use %s', async (file) => {
    const deployment = await deployed();
    const { serializedData } = properties<{ serializedData: string }>(deployment, 'Microsoft.Insights/workbooks');
    const { items } = JSON.parse(serializedData) as { items: { content: { query?: string } }[] };
    const rules = all(deployment, 'Microsoft.Insights/scheduledQueryRules').map(
      (it) =>
        (it.body['properties'] as unknown as { criteria: { allOf: [{ query: string }] } }).criteria.allOf[0].query,
    );
    const used = [...items.map((it) => it.content.query ?? ''), ...rules].filter((it) => it.includes(textOf(file)));
    expect(used).toHaveLength(1);
    expect(used[0]!.startsWith(textOf('events.kql'))).toBe(true);
  });

  it('mail somebody only where an address is given', async () => {
    const withMail = await deployed({ alertEmail: 'a@example.org' });
    expect(all(withMail, 'Microsoft.Insights/actionGroups')).toHaveLength(1);
    expect(all(await deployed(), 'Microsoft.Insights/actionGroups')).toEqual([]);
  });
});

describe('azure.yaml', () => {
  const yaml = readFileSync('azure.yaml', 'utf8');

  it('runs hooks that exist, on Windows and elsewhere alike', () => {
    const hooks = readFileSync('scripts/azd/main.ts', 'utf8');
    const runs = [...yaml.matchAll(/(windows|posix): \{ shell: (\w+), run: node scripts\/azd\/start\.js (\w+)/g)];
    const names = [...new Set(runs.map((it) => it[3]!))];
    expect(names).toEqual(['prepackage', 'preprovision', 'postprovision', 'predeploy', 'predown', 'postdown']);
    for (const name of names) {
      expect(hooks).toMatch(new RegExp(`^  ${name}: \\{`, 'm'));
      expect(runs.filter((it) => it[3] === name).map((it) => `${it[1]} ${it[2]}`)).toEqual([
        'windows pwsh',
        'posix sh',
      ]);
    }
  });

  it('installs before anything runs side by side, and runs on an azd that finds the deployments of this project alone', () => {
    const root = yaml.slice(yaml.indexOf('\nhooks:'));
    expect(root).toMatch(
      /^  prepackage:\n.*run: node scripts\/azd\/start\.js, .*\n.*run: node scripts\/azd\/start\.js, /m,
    );
    const [, major, minor, patch] = /azd: '>= (\d+)\.(\d+)\.(\d+)'/.exec(yaml)!.map(Number);
    expect(major! * 1e6 + minor! * 1e3 + patch!).toBeGreaterThanOrEqual(1_031_002);
  });

  it('hands every variable of the template to the pipeline, and the pipeline to azd', () => {
    const workflow = readFileSync('.github/workflows/azure-dev.yml', 'utf8');
    const listed = yaml.slice(yaml.indexOf('\n  variables:'), yaml.indexOf('\nhooks:'));
    // What azd sets by itself.
    const inputs = INPUTS.filter((it) => !/^AZURE_PRINCIPAL_/.test(it));
    const isSecret = (name: string) => /^LAB_TAG_KEY(?:_PREVIOUS)?$/.test(name);
    for (const name of inputs)
      expect(workflow, name).toContain(`      ${name}: \${{ ${isSecret(name) ? 'secrets' : 'vars'}.${name} }}\n`);
    const own = inputs.filter((it) => !it.startsWith('AZURE_'));
    expect([...listed.matchAll(/^    - (\w+)$/gm)].map((it) => it[1]).toSorted()).toEqual(own.toSorted());
    expect(workflow).toContain('id-token: write');
  });

  it('deploys the folder that the package is made in, without a build in Azure', async () => {
    const { PACKAGE_FOLDER } = await import('../../scripts/azd/package-app.ts');
    expect(yaml).toContain(`dist: ${PACKAGE_FOLDER}\n`);
    expect(yaml).toContain('remoteBuild: false');
    // azd refuses remoteBuild: false where .funcignore excludes the folder itself; without what is in it "func publish" of the root would upload every tool.
    const ignored = readFileSync('.funcignore', 'utf8');
    expect(ignored).not.toMatch(/^\/?node_modules\/?$/m);
    expect(ignored).toMatch(/^node_modules\/\*$/m);
  });
});

function raise(): never {
  throw new Error('nothing there');
}
