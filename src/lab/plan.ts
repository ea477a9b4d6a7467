/** Shapes of a plan; the rules are in `planLab`. */
export type ModelChoice = {
  model: string;
  /** Absent: the service's default version, as the lab asks. */
  version?: string;
  /** Deployment sku: Standard, DataZoneStandard or GlobalStandard. */
  sku: string;
  /** Thousands of tokens per minute. */
  capacity: number;
  /** Version of the Azure OpenAI data-plane API that serves this model. */
  apiVersion: string;
  tokenParam: 'max_tokens' | 'max_completion_tokens';
  /** Why this model, in plain words: shown in the status and the report. */
  reason: string;
};

export type OpenAIPlacement = { region: string; choice: ModelChoice; reason: string };
export type DatabricksPlacement = { region: string; nodeType: string; reason: string };
export type Rejection = { service: 'openai' | 'databricks'; region: string; reason: string };

export type Plan = {
  kind: 'plan';
  /** In the order in which they are tried. */
  openai: OpenAIPlacement[];
  databricks: DatabricksPlacement[];
  rejected: Rejection[];
  /** Resource providers that must be registered first. */
  register: string[];
};

export type Impossible = {
  kind: 'impossible';
  reasons: { code: string; message: string; wayOut: string }[];
  rejected: Rejection[];
};
