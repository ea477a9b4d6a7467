/** How long each step typically takes. */

/**
 * Typical seconds of each step: the first wait before a poll, and the ETA that people see.
 * Account 60 and workspace under 300: https://github.com/Azure/azure-cli-extensions/blob/main/src/databricks (recorded 2026-02) and
 * https://github.com/Azure/azure-cli (cognitiveservices recordings, 2025-10); cluster 300-510: field reports of September 2026; the rest judged from those.
 */
export const TYPICAL_SECONDS = {
  plan: 5,
  providers: 60,
  group: 5,
  account: 60,
  deployment: 5,
  workspace: 180,
  readiness: 30,
  notebookImport: 5,
  cluster: 360,
  library: 60,
  connect: 10,
  completion: 10,
  /** The notebook's run as a job. */
  notebook: 90,
  verification: 15,
  removeClusters: 60,
  removeWorkspace: 240,
  removeDeployments: 5,
  removeAccount: 10,
  purgeAccount: 30,
  removeGroup: 60,
} as const;
export type TypicalStep = keyof typeof TYPICAL_SECONDS;
