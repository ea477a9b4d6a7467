/** Two windows of one number: how its values are spread, as shares a bin and as the share up to a value. */
import { scaleLinear } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import type { Ecdf, Histogram } from '../../drift/charts.ts';
import { markup, type Insert, type Markup } from '../frame/markup.ts';
import type { Words } from '../words/en.ts';
import { at, axisBottom, axisLeft, drawing, type Box } from './svg.ts';

const BOX: Box = { width: 440, height: 210, left: 60, right: 30, top: 12, bottom: 28 };

type About = {
  id: string;
  name: string;
  words: Words;
  value: (value: number) => string;
  share: (share: number) => string;
};

/** The last bin holds everything from its lower edge on, and is drawn as wide as the others: its label says so. */
export function histogramChart({ edges, baseline, current }: Histogram, about: About): Markup {
  const { words } = about;
  const bins = baseline.length;
  const sharesOf = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, it) => sum + it, 0);
    return counts.map((it) => (total === 0 ? 0 : it / total));
  };
  const [before, after] = [sharesOf(baseline), sharesOf(current)];
  const inner = BOX.width - BOX.left - BOX.right;
  const y = scaleLinear([0, Math.max(0.01, ...before, ...after)], [BOX.height - BOX.bottom, BOX.top]).nice(4);
  const width = inner / bins;
  const columns = (shares: readonly number[], kind: 'baseline' | 'current'): Insert =>
    shares.map((share, bin) =>
      share === 0
        ? null
        : markup`<rect class="${kind}" x="${at(BOX.left + (bin + (kind === 'current' ? 0.5 : 0.1)) * width)}" y="${at(y(share))}" width="${at(width * 0.4)}" height="${at(y(0) - y(share))}" rx="1.5"><title>${binName(edges, bin, about)}: ${about.share(share)} (${words.drift[kind]})</title></rect>`,
    );
  const step = (edges[1] ?? 0) - (edges[0] ?? 0);
  const wider = bins > 1 && (edges[bins] ?? 0) - (edges[bins - 1] ?? 0) > step * 1.001;
  const every = Math.max(1, Math.ceil(bins / 6));
  const labelled = Array.from({ length: bins }, (_, bin) => bin).filter((bin) => bin % every === 0);
  return drawing(
    {
      id: `${about.id}-histogram`,
      kind: 'windows',
      title: words.charts.histogram(about.name),
      description: words.charts.histogramSays,
      width: BOX.width,
      height: BOX.height,
    },
    [
      axisLeft(y, BOX, y.ticks(4), about.share),
      columns(before, 'baseline'),
      columns(after, 'current'),
      axisBottom(
        (bin) => BOX.left + (bins === 1 ? 0.5 : bin) * width,
        BOX,
        labelled,
        (bin) => `${bin === bins - 1 && wider ? '≥ ' : ''}${about.value(edges[bin] ?? 0)}`,
      ),
    ],
  );
}

const binName = (edges: readonly number[], bin: number, { value }: About): string =>
  `${value(edges[bin] ?? 0)} – ${value(edges[bin + 1] ?? 0)}`;

/** The distance between both lines is what the Kolmogorov-Smirnov test measures. */
export function ecdfChart({ baseline, current }: { baseline: Ecdf; current: Ecdf }, about: About): Markup {
  const values = [...baseline.value, ...current.value];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = low === high ? Math.max(1, Math.abs(low) * 0.1) : 0;
  const x = scaleLinear([low - margin, high + margin], [BOX.left, BOX.width - BOX.right]);
  const y = scaleLinear([0, 1], [BOX.height - BOX.bottom, BOX.top]);
  const steps = line<readonly [number, number]>(
    ([value]) => Math.round(x(value) * 10) / 10,
    ([, share]) => Math.round(y(share) * 10) / 10,
  ).curve(curveStepAfter);
  const path = ({ value, share }: Ecdf): string => {
    const inner = value.map((it, index): [number, number] => [it, share[index] ?? 0]);
    return steps([[low - margin, 0], [value[0] ?? low, 0], ...inner, [high + margin, 1]]) ?? '';
  };
  return drawing(
    {
      id: `${about.id}-ecdf`,
      kind: 'windows',
      title: about.words.charts.ecdf(about.name),
      description: about.words.charts.ecdfSays,
      width: BOX.width,
      height: BOX.height,
    },
    [
      axisLeft(y, BOX, [0, 0.25, 0.5, 0.75, 1], about.share),
      markup`<path class="line baseline" d="${path(baseline)}"/><path class="line current" d="${path(current)}"/>`,
      axisBottom(x, BOX, x.ticks(5), about.value),
    ],
  );
}
