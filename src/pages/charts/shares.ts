/** Shares of levels in two windows, and single shares of a sum. */
import { scaleLinear } from 'd3-scale';
import { markup, type Markup } from '../frame/markup.ts';
import { oneLine, shortened } from '../frame/visible-text.ts';
import type { Words } from '../words/en.ts';
import { at, drawing } from './svg.ts';

const WIDTH = 440;
const GUTTER = 120;
const TAIL = 64;
const ROW = 40;

export type Level = { name: string; baseline: number; current: number };

/** @param levels shares from 0 to 1; at most eight are drawn. */
export function sharesChart(
  levels: readonly Level[],
  about: { id: string; name: string; words: Words; share: (share: number) => string },
): Markup {
  const drawn = levels.slice(0, 8);
  const x = scaleLinear([0, 1], [0, WIDTH - GUTTER - TAIL]);
  const height = drawn.length * ROW + 8;
  const one = (share: number, kind: 'baseline' | 'current', top: number): Markup =>
    markup`<rect class="track" x="${GUTTER}" y="${top}" width="${at(x(1))}" height="11" rx="3"/><rect class="${kind}" x="${GUTTER}" y="${top}" width="${at(Math.max(share > 0 ? 2 : 0, x(share)))}" height="11" rx="3"/><text class="value" x="${WIDTH - TAIL + 8}" y="${top + 6}" dy="0.32em">${about.share(share)}</text>`;
  return drawing(
    {
      id: `${about.id}-shares`,
      kind: 'windows',
      title: about.words.charts.shares(about.name),
      description: about.words.charts.sharesSays,
      width: WIDTH,
      height,
    },
    drawn.map((level, index) => {
      const top = index * ROW + 8;
      return markup`<g><text class="label" x="${GUTTER - 10}" y="${top + 13}" dy="0.32em" text-anchor="end">${shortened(oneLine(level.name), 16)}</text>${one(level.baseline, 'baseline', top)}${one(level.current, 'current', top + 14)}</g>`;
    }),
  );
}

/** A bar beside a number in a table: says nothing that the number does not. */
export const shareBar = (share: number): Markup =>
  markup`<svg class="chart bar-cell" viewBox="0 0 160 10" width="160" height="10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="160" height="10" rx="3"/><rect class="current" width="${at(share > 0 ? Math.max(2, Math.min(1, share) * 160) : 0)}" height="10" rx="3"/></svg>`;
