/**
 * `npm run test:infra`: the tests of the templates, with the Bicep compiler where it is to be had. Microsoft publishes it on NuGet as a binary of its own, so that the
 * .NET SDK fetches it; where neither is, its tests are skipped by name. Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { wrapper } from '../local/terminal/command.ts';

const VERSION = '0.49.2';
const FOLDER = resolve('.local/bicep');

const HELP = `Runs the tests of the templates, of their queries and of azd's hooks.

usage: npm run test:infra -- [what vitest takes]

The Bicep compiler is BICEP_PATH, or \`bicep\` on the path, or version ${VERSION} from NuGet where there is a .NET SDK. Without one its tests are skipped by name.`;

/** The path of a compiler, or nothing. */
function findBicep(): string | undefined {
  const isThere = (it: string): boolean => spawnSync(it, ['--version'], { stdio: 'ignore', env: ENV }).status === 0;
  return [process.env['BICEP_PATH'] || 'bicep', binary()].find(isThere) ?? (restore() ? binary() : undefined);
}

// Built without a library for languages, which .NET otherwise asks for.
const ENV = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' };

const packageName = (): string => {
  const system = { win32: 'win', darwin: 'osx' }[process.platform as string] ?? 'linux';
  return `Azure.Bicep.CommandLine.${system}-${process.arch}`;
};

const binary = (): string =>
  join(FOLDER, packageName().toLowerCase(), VERSION, 'tools', process.platform === 'win32' ? 'bicep.exe' : 'bicep');

/** A project with nothing in it but the download of that package: https://learn.microsoft.com/nuget/consume-packages/packagedownload-functionality */
function restore(): boolean {
  const project = join(FOLDER, 'bicep.csproj');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    project,
    `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework><DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences><RestorePackagesPath>${FOLDER}</RestorePackagesPath></PropertyGroup>
  <ItemGroup><PackageDownload Include="${packageName()}" Version="[${VERSION}]" /></ItemGroup>
</Project>
`,
  );
  const { status, error } = spawnSync('dotnet', ['restore', project, '--verbosity', 'quiet'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: ENV,
    timeout: 120_000,
  });
  if (error !== undefined || status !== 0 || !existsSync(binary())) {
    console.log(`No Bicep compiler: ${error === undefined ? 'NuGet gave none' : 'there is no .NET SDK here'}.`);
    return false;
  }
  chmodSync(binary(), 0o755);
  return true;
}

await wrapper({ help: HELP, flags: [] }, (_, asked) => {
  const found = findBicep();
  const env = { ...process.env, ...(found === undefined ? {} : { BICEP_PATH: found }) };
  const args = ['scripts/run.js', 'scripts/test.ts', 'test/infra', ...asked];
  return spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
});
