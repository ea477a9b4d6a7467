/** A refusal that is meant for a person: printed without a stack. */
export class HookError extends Error {
  override readonly name = 'HookError';
}
