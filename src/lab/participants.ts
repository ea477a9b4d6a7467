/** People whom a lab lets into its workspace: how their role assignments are named, and told from everybody else's. */
import { createHash } from 'node:crypto';

/** One role assignment at a workspace, as Azure names it: by a GUID of the caller's choice. */
export type RoleAt = { workspaceId: string; principalId: string; roleId: string };

/**
 * The same for the same workspace, person and role, so that a repetition makes no second one, and a removal knows which are the app's own without keeping a list.
 * https://learn.microsoft.com/azure/role-based-access-control/role-assignments-rest (the name is any unique GUID)
 */
export function assignmentName({ workspaceId, principalId, roleId }: RoleAt): string {
  const text = ['llmops-lab', workspaceId, principalId, roleId].join('|').toLowerCase();
  const hex = [...createHash('sha256').update(text).digest('hex').slice(0, 32)];
  // Version 8 and the variant of RFC 9562: a GUID of the app's own making.
  hex[12] = '8';
  hex[16] = 'a';
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** What came of letting people in. */
export type Access = {
  /** Object ids. */
  admitted: string[];
  refused: { id: string; why: string }[];
};

/** The short of it, for a custom status with its bounded size. */
export type AccessSummary = { admitted: number; refused: { id: string; why: string }[]; handedOverTo?: string };

const REFUSED_SHOWN = 5;

export const accessSummary = ({ admitted, refused }: Access): AccessSummary => ({
  admitted: admitted.length,
  refused: refused.slice(0, REFUSED_SHOWN),
});
