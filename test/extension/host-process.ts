/** One host on the extension as a process of its own, for tests that kill it: `host-process.ts OPTIONS` (JSON). It ends when its standard input is closed. */
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startExtensionHost, type ExtensionHostOptions } from '../../local/extension/host.ts';

export type HostProcessOptions = ExtensionHostOptions & { readonly caPem?: string };
export type HostProcessReady = { readonly url: string; readonly pid: number };

const { caPem, ...options } = JSON.parse(process.argv[2] ?? '{}') as HostProcessOptions;
if (caPem !== undefined) trustCa(caPem);
const host = await startExtensionHost({
  ...options,
  log: ({ level, message }) => {
    if (level !== 'debug' && level !== 'trace') console.error(`${level} ${message.slice(0, 2_000)}`);
  },
});
console.log(`ready ${JSON.stringify({ url: host.url, pid: host.pid } satisfies HostProcessReady)}`);
process.stdin.resume();
process.stdin.once('end', () => void host.close().then(() => process.exit(0)));
