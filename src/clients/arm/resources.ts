/** Resource groups, the resources in them, and the registration of resource providers. */
import type { ResourceGroup } from '@azure/arm-resources';
import { collect, type ArmConnection } from './connection.ts';
import type { Tags } from '../../lab/tags.ts';
import { orAbsent } from '../service-error.ts';

export type GroupState = {
  id: string;
  name: string;
  region: string;
  tags: Tags;
  /** `Succeeded`, `Deleting`. */
  state: string;
  /** Id of the resource whose managed group it is. */
  managedBy: string | undefined;
};
export type ResourceState = { id: string; type: string; region: string; tags: Tags };
export type ProviderState = { namespace: string; state: string; types: { name: string; locations: string[] }[] };

export type ResourceCalls = ReturnType<typeof resourceCalls>;

export function resourceCalls(arm: ArmConnection) {
  const client = arm.resources;
  return {
    group: (name: string): Promise<GroupState | undefined> =>
      orAbsent(client().then(async (it) => groupState(await it.resourceGroups.get(name)))),

    /** All groups of the subscription, or those with the tag. */
    groups: async (tag?: { name: string; value: string }): Promise<GroupState[]> => {
      const options = tag === undefined ? {} : { filter: tagFilter(tag) };
      return (await collect((await client()).resourceGroups.list(options))).map(groupState);
    },

    /** Creates the group, or replaces its tags. @throws ServiceError 409 where the group exists in another region or is being deleted */
    putGroup: async (name: string, region: string, tags: Tags): Promise<GroupState> =>
      groupState(await (await client()).resourceGroups.createOrUpdate(name, { location: region, tags: { ...tags } })),

    /** Replaces all tags of the group. */
    setGroupTags: async (name: string, tags: Tags): Promise<void> => {
      await (await client()).resourceGroups.update(name, { tags: { ...tags } });
    },

    /** Begins the deletion of the group and of all in it. */
    deleteGroup: async (name: string): Promise<void> => {
      const poller = (await client()).resourceGroups.delete(name);
      await poller.submitted();
    },

    /** What is in the group; undefined where the group does not exist. Resource Manager's list may lag behind the services themselves. */
    resourcesIn: (group: string): Promise<ResourceState[] | undefined> =>
      orAbsent(
        client().then(async (it) => (await collect(it.resources.listByResourceGroup(group))).map(resourceState)),
      ),

    /**
     * Every resource of the subscription, with its tags. With a tag in the filter the service leaves the tags out of its rows, so that nobody could tell whose
     * they are. https://learn.microsoft.com/rest/api/resources/resources/list
     */
    resources: async (): Promise<ResourceState[]> =>
      (await collect((await client()).resources.list())).map(resourceState),

    provider: async (namespace: string): Promise<ProviderState> => {
      const it = await (await client()).providers.get(namespace);
      const types = (it.resourceTypes ?? []).map((type) => ({
        name: type.resourceType ?? '',
        locations: type.locations ?? [],
      }));
      return { namespace, state: it.registrationState ?? 'NotRegistered', types };
    },

    registerProvider: async (namespace: string): Promise<void> => {
      await (await client()).providers.register(namespace);
    },
  };
}

const groupState = (it: ResourceGroup): GroupState => ({
  id: it.id ?? '',
  name: it.name ?? '',
  region: it.location,
  tags: it.tags ?? {},
  state: it.properties?.provisioningState ?? 'Succeeded',
  managedBy: it.managedBy,
});

type Listed = { id?: string; type?: string; location?: string; tags?: Record<string, string> };
const resourceState = (it: Listed): ResourceState => ({
  id: it.id ?? '',
  type: it.type ?? '',
  region: it.location ?? '',
  tags: it.tags ?? {},
});

/** One pair per filter is all that the service takes. https://learn.microsoft.com/rest/api/resources/resource-groups/list */
const tagFilter = ({ name, value }: { name: string; value: string }): string =>
  `tagName eq '${name.replaceAll("'", "''")}' and tagValue eq '${value.replaceAll("'", "''")}'`;
