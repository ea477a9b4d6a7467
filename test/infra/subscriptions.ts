/**
 * Azure as a deployment and the hooks of azd see it, in several subscriptions: what a deployment makes is there afterwards, and a conflict is a conflict. Labs
 * themselves live on the local cloud, which is asked for everything else.
 */
import type { Azure } from '../../scripts/azd/azure.ts';
import { HookError } from '../../scripts/azd/hook-error.ts';
import type { Resource } from './bicep.ts';
import type { Value } from './bicep-values.ts';

type Properties = Record<string, Value>;
type Answer = [status: number, body?: unknown];
/** https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-history */
export type DeploymentRecord = {
  tags: Record<string, string>;
  subscriptionId: string;
  groups: string[];
  outputs: string[];
};

const propertiesOf = (it: Resource) => it.body['properties'] as Properties;

export class Subscriptions {
  readonly ids: string[];
  readonly resources = new Map<string, Resource>();
  /** Newest last. */
  readonly deployments: DeploymentRecord[] = [];
  /** App settings by the site's id, and whether sign-in is on there. */
  readonly settings = new Map<string, Properties>();
  readonly signIn = new Map<string, Properties>();

  readonly #withLabs: string[];

  /** `withLabs`: those that the local cloud has. */
  constructor(ids: string[], withLabs: string[]) {
    this.ids = [...ids, ...withLabs];
    this.#withLabs = withLabs;
  }

  all(type: string): Resource[] {
    return [...this.resources.values()].filter((it) => it.type === type);
  }

  /** As an incremental deployment does: what is in it is made or replaced, and nothing else is touched. @throws Error as Resource Manager refuses it. */
  deploy(resources: readonly Resource[]): void {
    for (const it of resources) {
      this.#refuse(it);
      this.resources.set(it.id.toLowerCase(), JSON.parse(JSON.stringify(it)) as Resource);
      const site = it.id.split('/config/')[0]!;
      const config = JSON.parse(JSON.stringify(it.body['properties'] ?? null)) as Properties;
      if (it.id.endsWith('/config/appsettings')) this.settings.set(site, config);
      if (it.id.endsWith('/config/authsettingsV2')) this.signIn.set(site, config);
    }
  }

  /** A group goes with all that is in it; roles and assignments that were made elsewhere stay. */
  deleteGroup(id: string): void {
    for (const key of this.resources.keys())
      if (`${key}/`.startsWith(`${id}/`.toLowerCase())) this.resources.delete(key);
  }

  /** `elsewhere` is asked for what no deployment made. */
  azure(elsewhere: Azure, key: string): Azure {
    const answer = (method: string, url: string): Answer | undefined => this.#answer(method, url.split('?')[0]!, key);
    return {
      call: async <T>(...[method, path, expected, body]: Parameters<Azure['call']>) => {
        const own = answer(method, path);
        if (own === undefined) return elsewhere.call<T>(method, path, expected, body);
        const [status, content] = own;
        if (!expected.includes(status)) throw new HookError(`Azure answered ${status} to ${method} ${path}`);
        return { status, body: content as T };
      },
      list: async <T>(path: string) => {
        const own = answer('GET', path);
        return own === undefined ? elsewhere.list<T>(path) : (own[1] as T[]);
      },
    };
  }

  #answer(method: string, path: string, key: string): Answer | undefined {
    const [, , subscriptionId = ''] = path.split('/');
    const own = this.resources.get(path.toLowerCase());
    if (path === '/subscriptions') return [200, this.ids.map((it) => ({ subscriptionId: it }))];
    if (path.endsWith('/Microsoft.Web/geoRegions')) return [200, [{ name: 'Sweden Central' }]];
    if (path.endsWith('/providers/Microsoft.DurableTask'))
      return [200, { resourceTypes: [{ resourceType: 'schedulers', locations: ['Sweden Central'] }] }];
    if (/\/providers\/Microsoft\.\w+$/.test(path)) return [200, { registrationState: 'Registered' }];
    if (path.endsWith('/roleDefinitions'))
      return [
        200,
        this.#rights('roleDefinitions', subscriptionId).map((it) => ({ id: it.id, properties: propertiesOf(it) })),
      ];
    if (path.endsWith('/roleAssignments'))
      return [
        200,
        this.#rights('roleAssignments', subscriptionId).map((it) => ({
          id: it.id,
          properties: { ...propertiesOf(it), scope: it.scope },
        })),
      ];
    if (path.endsWith('/host/default/listkeys')) return [200, { functionKeys: { default: key } }];
    if (method === 'DELETE' && own !== undefined) return this.#delete(own);
    if (own !== undefined) return [200, { id: own.id, properties: { state: 'Running' } }];
    if (path.toLowerCase().includes('/resourcegroups/rg-llmops-lab-')) return [404];
    // No lab was ever built in these.
    const isList = /\/(?:resourcegroups|resources|deletedAccounts)$/.test(path);
    return isList && !this.#withLabs.includes(subscriptionId) ? [200, []] : undefined;
  }

  #rights(type: string, subscriptionId: string): Resource[] {
    return this.all(`Microsoft.Authorization/${type}`).filter((it) => it.id.split('/')[2] === subscriptionId);
  }

  #delete(it: Resource): Answer {
    const isAssigned = this.all('Microsoft.Authorization/roleAssignments').some(
      (one) => propertiesOf(one)['roleDefinitionId'] === it.id,
    );
    if (isAssigned) return [400, { error: { code: 'RoleDefinitionHasAssignments' } }];
    this.resources.delete(it.id.toLowerCase());
    return [200, {}];
  }

  /** https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#custom-roles and #role-assignments-that-exist-already */
  #refuse(it: Resource): void {
    const others = this.all(it.type).filter((one) => one.id.toLowerCase() !== it.id.toLowerCase());
    const same = (name: string) => others.filter((one) => propertiesOf(one)[name] === propertiesOf(it)[name]);
    if (it.type.endsWith('/roleDefinitions') && same('roleName').length > 0)
      throw new Error(`RoleDefinitionWithSameNameExists: ${it.id}`);
    if (!it.type.endsWith('/roleAssignments')) return;
    const principal = (one: Resource) => JSON.stringify(propertiesOf(one)['principalId']);
    if (same('roleDefinitionId').some((one) => one.scope === it.scope && principal(one) === principal(it)))
      throw new Error(`RoleAssignmentExists: ${it.scope}`);
  }
}
