// The store under everything: rows survive, a reset forgets what it should, and lagging readers see the past.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lagging, type Lag } from '../../../../local/cloud/core/lagging.ts';
import { openStore } from '../../../../local/cloud/core/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('store', () => {
  it('keeps what was flushed, per table, over a reopening', () => {
    const file = join(folder, 'a.sqlite');
    const first = openStore(file);
    first.table<{ n: number }>('one').put('a', { n: 1 });
    first.table<{ n: number }>('one').put('b', { n: 2 });
    first.table<{ n: number }>('two').put('a', { n: 3 });
    first.table('one').delete('b');
    first.close();
    const second = openStore(file);
    expect(second.table('one').entries()).toEqual([['a', { n: 1 }]]);
    expect(second.table('two').get('a')).toEqual({ n: 3 });
    second.close();
  });

  it('writes changes made outside of any request soon after', async () => {
    const file = join(folder, 'a.sqlite');
    const writer = openStore(file);
    writer.table('one').put('a', 1);
    await new Promise((resolve) => setImmediate(resolve));
    const reader = openStore(file);
    expect(reader.table('one').get('a')).toBe(1);
    reader.close();
    writer.close();
  });

  it('forgets all but the named tables, also those that this process never read', () => {
    const file = join(folder, 'a.sqlite');
    const first = openStore(file);
    for (const name of ['kept', 'read', 'unread']) first.table(name).put('a', 1);
    first.close();
    const second = openStore(file);
    const read = second.table('read');
    expect(read.get('a')).toBe(1);
    second.reset(['kept']);
    expect(read.values()).toEqual([]);
    second.close();
    const third = openStore(file);
    expect(['kept', 'read', 'unread'].map((name) => third.table(name).values().length)).toEqual([1, 0, 0]);
    third.close();
  });
});

describe('lagging table', () => {
  it('shows each version only after its time, and tells the truth to the cloud itself', () => {
    let now = 0;
    const lag: Lag = { ms: 10, reads: 0 };
    const table = lagging(
      openStore(':memory:').table<number>('t'),
      () => lag,
      () => now,
    );
    table.put('a', 1);
    now = 5;
    table.put('a', 2);
    expect([table.get('a'), table.seen('a')]).toEqual([2, undefined]);
    now = 10;
    expect(table.seen('a')).toBe(1);
    expect(table.seenValues()).toEqual([1]);
    now = 15;
    table.delete('a');
    expect([table.get('a'), table.seen('a')]).toEqual([undefined, 2]);
    now = 25;
    expect(table.seen('a')).toBeUndefined();
  });
});
