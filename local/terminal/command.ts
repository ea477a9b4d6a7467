/**
 * What every command of this repository does with its arguments: `--help` prints its text, and a wrong option, or anything else that whoever starts it has to
 * correct, is one line and exit 2.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { StartError } from '../start-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Given<O extends Options> = ReturnType<typeof parseArgs<{ options: O; strict: true; allowPositionals: true }>>;

export type CommandOptions<O extends Options> = {
  help: string;
  /** As `parseArgs` takes them; `--help` is there without being named. */
  options?: O;
  /** How many arguments without a name it takes. Default: none. */
  positionals?: number;
};

/** Runs a command on what this process was given. `run` answers with the exit code, or leaves it as it is; a `StartError` that it throws is said and ends with 2. */
export async function command<O extends Options>(
  { help, options, positionals: most = 0 }: CommandOptions<O>,
  run: (values: Given<O>['values'], positionals: string[]) => number | void | Promise<number | void>,
): Promise<void> {
  await correctable(async () => {
    if (asksForHelp()) return say(help);
    const { values, positionals } = read({ options: (options ?? {}) as O, strict: true, allowPositionals: true });
    if (positionals.length > most) throw new StartError(`unexpected argument ${positionals[most]} (see --help)`);
    return run(values, positionals);
  });
}

/** The same for a command that hands on what it does not know: `run` hears which of its own flags were given, and the rest as it stands. */
export async function wrapper<F extends string>(
  { help, flags }: { help: string; flags: readonly F[] },
  run: (given: ReadonlySet<F>, rest: string[]) => number | void | Promise<number | void>,
): Promise<void> {
  await correctable(async () => {
    if (asksForHelp()) return say(help);
    const isOwn = (it: string): boolean => flags.some((flag) => it === `--${flag}`);
    const words = process.argv.slice(2);
    return run(
      new Set(flags.filter((flag) => words.includes(`--${flag}`))),
      words.filter((it) => !isOwn(it)),
    );
  });
}

/** An option that is a number in bounds. @throws StartError */
export function numberOption(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new StartError(`--${name} must be a number from ${least} to ${most} (see --help)`);
}

/** An option that is one of a few words. @throws StartError */
export function choiceOption<C extends string>(name: string, text: string, choices: readonly C[]): C {
  const found = choices.find((it) => it === text);
  if (found !== undefined) return found;
  throw new StartError(`--${name} must be ${choices.join(' or ')} (see --help)`);
}

/** @throws StartError */
export function portOption(text: string): number {
  const port = Number(text);
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StartError('--port must be a port number (see --help)');
}

/** Resolves at the first SIGINT or SIGTERM, to the exit code of what a signal ends. Call it before saying that one may come. */
export function untilStopped(): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve(130));
    process.once('SIGTERM', () => resolve(143));
  });
}

const asksForHelp = (): boolean => process.argv.slice(2).includes('--help');

function say(text: string): void {
  console.log(text);
}

function read<O extends Options>(config: { options: O; strict: true; allowPositionals: true }): Given<O> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)} (see --help)`);
  }
}

async function correctable(run: () => Promise<number | void>): Promise<void> {
  try {
    const code = await run();
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    // What was refused may have left servers and timers behind.
    process.exit(2);
  }
}
