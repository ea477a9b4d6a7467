/** The node and the runtimes of the lab’s cluster. */

/** The lab's node. https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/ddsv5-series (2026-06) */
export const NODE = { type: 'Standard_D4ds_v5', family: 'standardDDSv5Family', vcpus: 4 } as const;

/** After so many idle minutes the lab's cluster ends itself, whatever the lab's own idle time: a lab without use must not pay for it. */
export const AUTOTERMINATION_MINUTES = 20;

/** Oldest ML runtime that a borrowed cluster may have: the lab's own words. */
export const OLDEST_REUSABLE_RUNTIME = { major: 13, minor: 3 } as const;

/**
 * First ML runtime whose MLflow traces OpenAI calls without an upgrade (16.4 carries MLflow 2.21; 15.4 carries 2.13).
 * https://learn.microsoft.com/azure/databricks/release-notes/runtime/ (2026-08)
 */
export const FIRST_TRACING_RUNTIME = { major: 16, minor: 4 } as const;
