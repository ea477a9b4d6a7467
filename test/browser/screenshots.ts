/** Pictures of the pages in both themes, and of the report in Portuguese: for the README. Written only where `npm run test:browser -- --screenshots` asks for them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from '../e2e/people-signed-in.ts';
import type { Stage } from './browser.ts';

const folder = process.env['LAB_SCREENSHOTS'];

export async function screenshot(stage: Stage, person: Person, path: string, name: string): Promise<void> {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await stage.open(person, path, { colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  if (name !== 'report') return;
  const portuguese = await stage.open(person, path, { locale: 'pt-BR' });
  await portuguese.screenshot({ path: join(folder, `${name}-pt-br.png`) });
}
