/** Pictures of the pages in both themes, and of the report in Portuguese: for the README. Written only where `npm run test:browser -- --screenshots` asks for them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from '../e2e/people-signed-in.ts';
import type { Stage } from './browser.ts';

const folder = process.env['LAB_SCREENSHOTS'];

type Shot = {
  name: string;
  /** Only this part of the page; absent: what a screen of this height shows. */
  of?: string;
  height?: number;
  portuguese?: true;
};

export async function screenshots(stage: Stage, person: Person, path: string, ...shots: Shot[]): Promise<void> {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const looks = [
    { suffix: 'light', colorScheme: 'light', locale: 'en-GB' },
    { suffix: 'dark', colorScheme: 'dark', locale: 'en-GB' },
    { suffix: 'pt-br', colorScheme: 'light', locale: 'pt-BR' },
  ] as const;
  for (const { suffix, ...look } of looks) {
    const wanted = shots.filter((it) => it.portuguese || suffix !== 'pt-br');
    if (wanted.length === 0) continue;
    const page = await stage.open(person, path, look);
    for (const { name, of, height = 900 } of wanted) {
      await page.setViewportSize({ width: 1280, height });
      const file = { path: join(folder, `${name}-${suffix}.png`) };
      // Of the whole page, cut: whatever is scrolled for would have the bar of sections lie over it.
      const clip = of === undefined ? null : await page.locator(of).boundingBox();
      await page.screenshot(clip === null ? file : { ...file, fullPage: true, clip });
    }
    await page.close();
  }
}
