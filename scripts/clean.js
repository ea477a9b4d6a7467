/** Removes folders that a build makes anew, so that no stale output is ever deployed. */
import { rmSync } from 'node:fs';

for (const folder of process.argv.slice(2))
  rmSync(new URL(`../${folder}`, import.meta.url), { recursive: true, force: true });
