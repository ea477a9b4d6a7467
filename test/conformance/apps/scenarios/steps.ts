/** What the orchestration `program` can be told to do. */
export type Retry = {
  readonly firstMs: number;
  readonly attempts: number;
  readonly backoff?: number;
  readonly maxMs?: number;
};

/** What has a task of its own. */
type Tasks =
  | { readonly do: 'activity'; readonly name: string; readonly input?: unknown; readonly retry?: Retry }
  | {
      readonly do: 'child';
      readonly name?: string;
      readonly input?: unknown;
      readonly id?: string;
      readonly retry?: Retry;
    }
  /** `at` wins over `ms`, which counts from the orchestration's clock. */
  | { readonly do: 'timer'; readonly ms: number; readonly at?: string }
  | { readonly do: 'event'; readonly name: string }
  | { readonly do: 'all' | 'any'; readonly of: readonly TaskStep[] };
type Others =
  | { readonly do: 'race'; readonly of: readonly TaskStep[] }
  | { readonly do: 'try'; readonly step: Step; readonly whole?: boolean }
  | { readonly do: 'status'; readonly value?: unknown; readonly length?: number }
  | { readonly do: 'continue'; readonly input: readonly Step[] }
  | { readonly do: 'hurl' | 'give'; readonly what: string }
  | { readonly do: 'guids' | 'replaying' | 'instance' | 'version' | 'clock' };

/** `as: 'output'`: its result is what the orchestration returns, at once. */
export type Step = (Tasks | Others) & { readonly as?: 'output' };
export type TaskStep = Tasks & { readonly as?: 'output' };
