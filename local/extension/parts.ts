/**
 * What the real Durable extension needs on this machine, made in `.local/extension` and kept while its sources stay as they are: a thin .NET host, built
 * from `dotnet/`, and Azurite, installed from the package.json of `azurite/`. Needs the .NET SDK 10 and NuGet, and npm.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../project.ts';

export type ExtensionParts =
  | {
      readonly kind: 'ready';
      /** The .NET host's assembly. */ readonly host: string;
      /** Azurite's entry. */ readonly azurite: string;
    }
  /** Nobody's fault: this machine has no SDK, or reaches no registry. */
  | { readonly kind: 'unavailable'; readonly reason: string };

const HERE = import.meta.dirname;
const HOME = join(PROJECT_DIR, '.local', 'extension');
const SDK = 10;

/** Throws where SDK and registry are there and the host still cannot be built: that is a defect. */
export function extensionParts(): ExtensionParts {
  const host = builtHost();
  if ('reason' in host) return { kind: 'unavailable', ...host };
  const azurite = installedAzurite();
  if ('reason' in azurite) return { kind: 'unavailable', ...azurite };
  return { kind: 'ready', host: host.path, azurite: azurite.path };
}

type Made = { readonly path: string } | { readonly reason: string };

function builtHost(): Made {
  const sources = join(HERE, 'dotnet');
  const home = join(HOME, 'host');
  const made = (): Made => ({ path: join(home, 'out', 'extension-host.dll') });
  const sdks = dotnet(['--list-sdks'], HERE);
  const hasSdk = sdks.output.split('\n').some((line) => Number.parseInt(line, 10) >= SDK);
  if (sdks.status !== 0 || !hasSdk) return { reason: `no .NET SDK ${SDK} on this machine` };
  return (
    kept(home, sources, () => {
      cpSync(sources, home, { recursive: true });
      const restored = dotnet(['restore', '--verbosity', 'quiet'], home);
      if (restored.status !== 0) return { reason: `NuGet cannot be reached: ${firstError(restored.output)}` };
      const built = dotnet(['build', '--no-restore', '-c', 'Release', '-o', 'out', '--verbosity', 'quiet'], home);
      if (built.status !== 0) throw new Error(`The extension's host does not build:\n${built.output}`);
      return made();
    }) ?? made()
  );
}

function installedAzurite(): Made {
  const sources = join(HERE, 'azurite');
  const home = join(HOME, 'azurite');
  const made = (): Made => ({ path: join(home, 'node_modules', 'azurite', 'dist', 'src', 'azurite.js') });
  return (
    kept(home, sources, () => {
      cpSync(sources, home, { recursive: true });
      const { status, output } = run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], home);
      return status === 0 ? made() : { reason: `npm cannot install Azurite: ${firstError(output)}` };
    }) ?? made()
  );
}

/** Makes it anew in an empty folder, unless it was made from the same files before. */
function kept(home: string, sources: string, make: () => Made): Made | undefined {
  const hash = createHash('sha256');
  for (const file of readdirSync(sources, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (file.isFile()) hash.update(readFileSync(join(sources, file.name)));
  const wanted = hash.digest('hex');
  const mark = join(home, '.made-from');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return undefined;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const result = make();
  if ('path' in result) writeFileSync(mark, wanted);
  return result;
}

const dotnet = (args: string[], cwd: string): Output => run('dotnet', args, cwd);

type Output = { readonly status: number; readonly output: string };
function run(file: string, args: string[], cwd: string): Output {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
  });
  return { status: error === undefined ? (status ?? 1) : 1, output: `${stdout ?? ''}${stderr ?? ''}` };
}

const firstError = (output: string): string =>
  (output.split('\n').find((line) => /error/i.test(line)) ?? output.trim().split('\n').at(-1) ?? '').trim();
