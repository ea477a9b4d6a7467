import type { LogLevel } from './functions-core.ts';

export type LogEntry = {
  /** Lab time, Unix milliseconds. */
  readonly time: number;
  readonly level: LogLevel;
  /** `Function.<name>.User` for what the app logs, `Host.…` for what the host says. */
  readonly category: string;
  readonly message: string;
  readonly functionName?: string;
  readonly instanceId?: string;
};

export type Log = (entry: LogEntry) => void;
