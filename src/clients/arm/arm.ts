/** Everything that the app does with one subscription. */
import type { readCoreQuota, readNode } from './compute.ts';
import type { ArmConnection } from './connection.ts';
import type { OpenAICalls } from './openai.ts';
import type { readPermissions } from './permissions.ts';
import type { ResourceCalls } from './resources.ts';
import type { AccessCalls } from './role-assignments.ts';
import type { WorkspaceCalls } from './workspaces.ts';

export type Arm = ResourceCalls &
  WorkspaceCalls &
  OpenAICalls &
  AccessCalls &
  Pick<ArmConnection, 'operationError'> & {
    coreQuota: (region: string) => ReturnType<typeof readCoreQuota>;
    node: (region: string, nodeType: string) => ReturnType<typeof readNode>;
    permissions: (scope: Parameters<typeof readPermissions>[1]) => ReturnType<typeof readPermissions>;
  };
