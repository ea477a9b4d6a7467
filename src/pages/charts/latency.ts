/** Traces over time: how long each took, and which failed. */
import { scaleLinear, scaleUtc } from 'd3-scale';
import type { Format } from '../frame/format.ts';
import { markup, type Markup } from '../frame/markup.ts';
import type { Words } from '../words/en.ts';
import { at, axisBottom, axisLeft, drawing, type Box } from './svg.ts';

const BOX: Box = { width: 960, height: 190, left: 76, right: 24, top: 14, bottom: 28 };

export type Point = { timeMs: number; latencyMs: number; failed: boolean };

export function latencyChart(points: readonly Point[], words: Words, format: Format): Markup {
  const times = points.map((it) => it.timeMs);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = scaleUtc(
    [first - (first === last ? 30_000 : 0), last + (first === last ? 30_000 : 0)],
    [BOX.left + 8, BOX.width - BOX.right - 8],
  );
  const y = scaleLinear([0, Math.max(1, ...points.map((it) => it.latencyMs))], [BOX.height - BOX.bottom, BOX.top]).nice(
    4,
  );
  const ticks = x.ticks(6).map(Number);
  return drawing(
    {
      id: 'latency',
      kind: 'points',
      title: words.charts.latency,
      description: words.charts.latencySays(points.length),
      width: BOX.width,
      height: BOX.height,
    },
    [
      axisLeft(y, BOX, y.ticks(4), format.milliseconds),
      points.map((it) =>
        it.failed
          ? markup`<text class="failed" x="${at(x(it.timeMs))}" y="${at(y(it.latencyMs))}" dy="0.35em" text-anchor="middle">✕</text>`
          : markup`<circle class="point" cx="${at(x(it.timeMs))}" cy="${at(y(it.latencyMs))}" r="3.5"/>`,
      ),
      axisBottom(
        (time) => x(time),
        BOX,
        ticks,
        (time) => format.clock(new Date(time).toISOString()),
      ),
    ],
  );
}
