// How long things take in the local cloud: lab time, in one table. Recorded or reported durations of the real services, rounded.
// Sources: VCR recordings of Azure/azure-cli (cognitiveservices: account with a subdomain about 60 s, deployment under 1 s) and of
// Azure/azure-cli-extensions (databricks: create under 5 min, delete over 3 min); Databricks cluster starts of 5 to 8 min.

export const LATENCIES = {
  /** A provider's registration. */
  providerRegisterMs: 40_000,
  groupDeleteMs: 45_000,
  /** Account PUT to Accepted/Creating, then ResolvingDNS, then Succeeded. */
  accountCreatingMs: 15_000,
  accountDnsMs: 45_000,
  /** The account is busy (RequestConflict on its children) that long after each accepted write on it. */
  accountBusyMs: 3_000,
  /** ARM says Succeeded at once; the account's own endpoint answers DeploymentNotFound until then. */
  deploymentUsableMs: 30_000,
  deploymentDeleteMs: 2_000,
  purgeMs: 20_000,
  /** How long a soft-deleted account holds its name and quota. */
  softDeleteMs: 48 * 3_600_000,
  workspaceCreateMs: 180_000,
  workspaceDeleteMs: 240_000,
  /** From ARM's Succeeded to the workspace's own API being usable. */
  workspaceReadyMs: 40_000,
  /** From an account's birth, or a role assignment, to the data plane knowing of it. */
  rolePropagationMs: 45_000,
  clusterStartMs: 330_000,
  clusterTerminateMs: 45_000,
  libraryResolveMs: 10_000,
  libraryInstallMs: 50_000,
  runMs: 60_000,
  /** How long a token of the managed identity lives. */
  tokenLifeMs: 24 * 3_600_000,
};
export type Latencies = typeof LATENCIES;
