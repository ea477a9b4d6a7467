/** axe-core in a page. */
import axeCore from 'axe-core';
import type { Page } from 'playwright-core';

type Violation = { id: string; impact: string | null; nodes: { html: string }[] };

/** All findings but minor ones, with the markup they are about. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(axeCore.source);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run(document)');
  return violations
    .filter((it) => it.impact !== 'minor')
    .map((it) => `${it.id}: ${it.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}
