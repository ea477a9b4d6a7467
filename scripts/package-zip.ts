/**
 * Zip files for deployment: the same files give the same bytes, whatever the machine and the day. Own code, because no library that is installed writes zip
 * files, and what a deployment needs of the format is one page: no encryption, nothing above 4 GB, sizes known beforehand.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { crc32, deflateRawSync } from 'node:zlib';

/** `path` with slashes, relative to the root of the archive. */
export type ZipFile = { path: string; content: Uint8Array };

const NEEDS_VERSION_20 = 20;
const MADE_ON_UNIX = (3 << 8) | NEEDS_VERSION_20;
const UTF_8_NAMES = 0x0800;
const DEFLATED = 8;
/** 1980-01-01, the first day of the format. */
const DAY_ONE = 0x0021;
const READABLE_FILE = 0o100644 << 16;

/** @throws RangeError where a size or a count exceeds what the format holds without its 64-bit extension. */
export function zip(files: readonly ZipFile[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const name = Buffer.from(path);
    const packed = deflateRawSync(content, { level: 9 });
    const about = Buffer.alloc(26);
    about.writeUInt16LE(NEEDS_VERSION_20, 0);
    about.writeUInt16LE(UTF_8_NAMES, 2);
    about.writeUInt16LE(DEFLATED, 4);
    about.writeUInt16LE(0, 6); // midnight
    about.writeUInt16LE(DAY_ONE, 8);
    about.writeUInt32LE(crc32(content), 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(name.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), about, name]);
    local.push(header, packed);

    const where = Buffer.alloc(14);
    where.writeUInt32LE(READABLE_FILE >>> 0, 6);
    where.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02'), uint16(MADE_ON_UNIX), about, where, name);
    offset += header.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
