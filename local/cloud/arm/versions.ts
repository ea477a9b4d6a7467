// The versions in which the providers of the local cloud answer: some that Azure still serves, by provider and type.
// https://learn.microsoft.com/azure/templates

export const RESOURCES_VERSIONS = [
  '2020-06-01',
  '2021-04-01',
  '2022-09-01',
  '2024-03-01',
  '2024-07-01',
  '2025-03-01',
  '2025-04-01',
];
export const COGNITIVE_VERSIONS = ['2023-05-01', '2024-10-01', '2025-06-01', '2025-09-01'];

/** Without `computeMode`: their workspaces have compute of their own, as every one had. */
export const CLASSIC_WORKSPACE_VERSIONS = ['2018-04-01', '2023-02-01', '2024-05-01'];
export const WORKSPACE_VERSIONS = [
  ...CLASSIC_WORKSPACE_VERSIONS,
  '2025-08-01-preview',
  '2025-10-01-preview',
  '2026-01-01',
];
export const COMPUTE_USAGE_VERSIONS = ['2023-09-01', '2024-03-01', '2024-07-01', '2024-11-01', '2025-04-01'];
export const COMPUTE_SKU_VERSIONS = ['2019-04-01', '2021-07-01'];
export const ROLE_VERSIONS = ['2022-04-01'];
export const PERMISSION_VERSIONS = ['2018-07-01', ...ROLE_VERSIONS];
