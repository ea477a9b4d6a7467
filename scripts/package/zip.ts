/** Zip files for deployment: the same files give the same bytes, whatever the machine and the day. */
import { zipSync, type Zippable } from 'fflate';

/** `path` with slashes, relative to the root of the archive. */
export type ZipFile = { path: string; content: Uint8Array };

/** The first day of the format, in the machine's own time zone, because that is how fflate writes times. */
const FIRST_DAY = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE_FILE = 0o100644 << 16;

export function zip(files: readonly ZipFile[]): Buffer {
  const entries: Zippable = {};
  for (const { path, content } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    entries[path] = [content, { level: 9, mtime: FIRST_DAY, os: UNIX, attrs: READABLE_FILE }];
  return Buffer.from(zipSync(entries));
}
