// Published shapes of what Azure Resource Manager and its providers take. The names are those of the SDKs' models, which are generated from the
// specifications (https://github.com/Azure/azure-rest-api-specs): a type there that gains a name does not compile here.
import { z } from 'zod';

/** A shape that knows exactly the names of the SDK's model `T`, with `Omitted` that the service itself has under another roof. */
export type NamesOf<T, Omitted extends PropertyKey = never> = Record<Exclude<keyof T, Omitted>, z.ZodType>;

/** Values that this cloud makes nothing of, but does not mind. */
export const anything = z.unknown().optional();
export const text = z.string().nullish();
export const flag = z.boolean().nullish();
export const count = z.int().min(0).nullish();

/** A closed object; null is as good as absent, as it is for the service. */
export const object = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape).nullish();

/** Names in any number, values are text. */
export const tags = z.record(z.string(), z.string()).nullish();

/** What a client sends back of what it has read. */
const READ_ONLY = { id: anything, name: anything, type: anything, systemData: anything, etag: anything };

/**
 * A resource as Resource Manager takes it, before its provider does.
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/resource-api-reference.md
 */
export const resource = <S extends z.core.$ZodLooseShape>(properties: z.ZodType, more?: S) =>
  z.strictObject({
    ...READ_ONLY,
    location: text,
    tags,
    kind: text,
    sku: object({ name: z.string(), tier: text, size: text, family: text, capacity: z.int().nullish() }),
    identity: object({ type: text, tenantId: anything, principalId: anything, userAssignedIdentities: anything }),
    managedBy: text,
    properties,
    ...more,
  });

export const groupShape = resource(object({ provisioningState: anything }));

export const tagsShape = z.strictObject({ ...READ_ONLY, properties: z.strictObject({ tags }) });
export const tagsPatchShape = z.strictObject({
  operation: z.enum(['Merge', 'Replace', 'Delete']),
  properties: z.strictObject({ tags }),
});

/** https://learn.microsoft.com/rest/api/authorization/role-assignments/create */
export const roleAssignmentShape = z.strictObject({
  ...READ_ONLY,
  properties: z.strictObject({
    roleDefinitionId: z.string(),
    principalId: z.string(),
    principalType: z.enum(['User', 'Group', 'ServicePrincipal', 'ForeignGroup', 'Device']).nullish(),
    description: text,
    condition: text,
    conditionVersion: text,
    delegatedManagedIdentityResourceId: text,
    scope: anything,
    createdOn: anything,
    createdBy: anything,
    updatedOn: anything,
    updatedBy: anything,
  }),
});
