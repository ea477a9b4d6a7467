// Fields that every resource has, whoever provides it.
import { createHash } from 'node:crypto';
import type { Maker } from '../core/records.ts';
import type { CloudState } from '../core/state.ts';

/** Another one for every state of the row. */
export function etagOf(row: object): string {
  const hex = createHash('sha256').update(JSON.stringify(row)).digest('hex');
  return `"${hex.slice(0, 8)}-0000-0100-0000-${hex.slice(8, 20)}"`;
}

/** https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/common-api-contracts.md#system-metadata-for-all-azure-resources */
export const systemDataOf = (state: CloudState, { maker, createdAt }: { maker: Maker; createdAt: number }): object => ({
  ...(maker === 'bystander'
    ? { createdBy: 'teacher@example.org', createdByType: 'User' }
    : { createdBy: state.identity.clientId, createdByType: 'Application' }),
  createdAt: new Date(createdAt).toISOString(),
});
