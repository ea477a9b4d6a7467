// How thrown values become text.
import { inspect } from 'node:util';

/** What a thrown value says, as the worker reports it (azure-functions-nodejs-worker, src/utils/ensureErrorType.ts). */
export const messageOf = (error: unknown): string => {
  if (error instanceof Error) return error.message;
  if (error === undefined || error === null) return 'Unknown error';
  if (typeof error === 'string') return error;
  try {
    return typeof error === 'object' ? JSON.stringify(error) : inspect(error);
  } catch {
    return inspect(error); // What JSON cannot hold.
  }
};

/** The same with its stack, for logs. */
export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : messageOf(error);

const credentials =
  /(?:(?<!PublicKey)Token=|DefaultEndpointsProtocol=http|AccountKey=|Data Source=|Server=|Password=|pwd=|[?&](?:amp;)?(?:sig|code)=|SharedAccessKey=|key=)[^<"']*/gi;
const urlWithPassword = /\b[a-z]+:\/\/[^:/\s]+:[^@/\s]+@[^:/\s]+:\d+\b/gi;

/**
 * Hides what looks like a credential, with the rest of the text up to a quote or an angle bracket, as the host does to every
 * error of a worker (azure-functions-host, WebJobs.Script/Sanitizer.cs).
 */
export const sanitized = (text: string): string =>
  text.replace(credentials, '[Hidden Credential]').replace(urlWithPassword, '[Hidden Credential]');
