/**
 * Every step of a lab over time: a row a try, in the colour of the side that takes it.
 *
 * A lab may wait for hours between minutes of building and of removal. Such a wait is drawn short, so that the steps can be told apart: its bar says how long it
 * was, and the axis has no marks there.
 */
import { scaleLinear } from 'd3-scale';
import { LANES, STEPS, type Lane, type Step } from '../../lab/steps.ts';
import { duration, secondsBetween } from '../frame/format.ts';
import { markup, type Markup } from '../frame/markup.ts';
import { oneLine, shortened } from '../frame/visible-text.ts';
import type { Words } from '../words/en.ts';
import { at, drawing } from './svg.ts';

/** Names repeat: a second try of the workspace, a second look for what is left. */
export const stepLabel = ({ name, attempt }: Step, words: Words): string =>
  `${words.steps[name]}${attempt !== undefined && attempt > 1 ? ` ${attempt}` : ''}`;

const WIDTH = 1040;
const GUTTER = 212;
const TAIL = 84;
const ROW = 24;
const HEAD = 30;
/** A wait of more than this share of the whole is drawn this wide. */
const SHORTENED = { share: 0.3, width: 150 };
/** Marks of the axis stand at least so far apart. */
const MARK_GAP = 60;
/** Seconds between two marks of the axis. */
const MARKS = [10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400];

type Row = { label: string; lane: Lane; from: string; to: string; state: Step['state'] | 'watching'; tip: string };

/** @param waiting when nobody used the lab between its building and its removal. @param until ISO time of the right edge. */
export function gantt(
  steps: readonly Step[],
  it: { startedAt: string; until: string; waiting: { from: string; to: string } | null; words: Words },
): Markup {
  const rows = rowsOf(steps, it);
  const total = Math.max(
    1,
    secondsBetween(it.startedAt, it.until),
    ...rows.map((row) => secondsBetween(it.startedAt, row.to)),
  );
  const { x, marks, shortened: gap } = axisOf(total, it);
  const height = HEAD + rows.length * ROW + 6;
  return drawing(
    {
      id: 'gantt',
      kind: 'gantt',
      title: it.words.timeline.title,
      description: it.words.timeline.description(rows.length, duration(total)),
      width: WIDTH,
      height,
    },
    [
      sidesOf(rows),
      gap === null
        ? null
        : markup`<rect class="skipped" x="${at(gap[0])}" y="${HEAD - 8}" width="${at(gap[1] - gap[0])}" height="${height - HEAD + 4}"/>${gap.map((edge) => markup`<line class="edge" x1="${at(edge)}" x2="${at(edge)}" y1="${HEAD - 8}" y2="${height - 4}"/>`)}`,
      marks.map(
        (seconds) =>
          markup`<line class="grid" x1="${at(x(seconds))}" x2="${at(x(seconds))}" y1="${HEAD - 8}" y2="${height - 4}"/><text class="tick" x="${at(x(seconds))}" y="14" text-anchor="middle">${shortDuration(seconds)}</text>`,
      ),
      rows.map((row, index) => bar(row, HEAD + index * ROW, (iso) => x(secondsBetween(it.startedAt, iso)))),
    ],
  );
}

/** A line beside the rows of each side. */
const sidesOf = (rows: readonly Row[]): Markup[] =>
  rows.map(
    (row, index) =>
      markup`<g class="${row.lane}"><rect class="side" x="${GUTTER - 9}" y="${HEAD + index * ROW + (rows[index - 1]?.lane === row.lane ? 0 : 3)}" width="3" height="${ROW - (rows[index - 1]?.lane === row.lane ? 0 : 3) - (rows[index + 1]?.lane === row.lane ? 0 : 3)}"/></g>`,
  );

type Axis = {
  x: (seconds: number) => number;
  /** Seconds since the start. */
  marks: number[];
  /** From where to where the axis is shortened. */
  shortened: [number, number] | null;
};

function axisOf(total: number, it: { startedAt: string; waiting: { from: string; to: string } | null }): Axis {
  const [left, right] = [GUTTER, WIDTH - TAIL];
  const [from, to] = it.waiting
    ? [it.waiting.from, it.waiting.to].map((iso) => secondsBetween(it.startedAt, iso))
    : [total, total];
  const wait = (to ?? 0) - (from ?? 0);
  const whole = wait <= SHORTENED.share * total || wait >= total;
  const gap = whole ? 0 : SHORTENED.width;
  const perSecond = (right - left - gap) / (whole ? total : total - wait);
  const edge = left + (from ?? 0) * perSecond;
  const x = whole
    ? scaleLinear([0, total], [left, right])
    : scaleLinear([0, from ?? 0, to ?? 0, total], [left, edge, edge + gap, right]);
  const step = MARKS.find((seconds) => seconds * perSecond >= MARK_GAP) ?? 86_400;
  const all = Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step);
  return {
    x,
    marks: whole ? all : all.filter((seconds) => seconds <= (from ?? 0) || seconds >= (to ?? 0)),
    shortened: whole ? null : [edge, edge + gap],
  };
}

function bar(row: Row, top: number, x: (iso: string) => number): Markup {
  const from = x(row.from);
  const width = Math.max(3, x(row.to) - from);
  const text = row.state === 'running' ? `${took(row)} …` : row.state === 'failed' ? `✕ ${took(row)}` : took(row);
  return markup`<g class="row ${row.lane} ${row.state}"><title>${row.tip}</title><text class="label" x="${GUTTER - 18}" y="${top + ROW / 2}" dy="0.32em" text-anchor="end">${row.label}</text><rect class="bar" x="${at(from)}" y="${top + 4}" width="${at(width)}" height="${ROW - 8}" rx="4"/><text class="value" x="${at(from + width + 7)}" y="${top + ROW / 2}" dy="0.32em">${text}</text></g>`;
}

const took = (row: Row): string => duration(secondsBetween(row.from, row.to));

function rowsOf(
  steps: readonly Step[],
  it: { until: string; waiting: { from: string; to: string } | null; words: Words },
): Row[] {
  const rows = steps.map((step): Row => {
    const label = stepLabel(step, it.words);
    const to = step.endedAt ?? it.until;
    const tip = [label, it.words.states[step.state], duration(secondsBetween(step.startedAt, to)), step.region]
      .filter((part) => part !== undefined)
      .join(' · ');
    return {
      label: shortened(oneLine(label), 30),
      lane: STEPS[step.name].lane,
      from: step.startedAt,
      to,
      state: step.state,
      tip: step.note === undefined ? tip : `${tip}: ${oneLine(step.note)}`,
    };
  });
  if (it.waiting !== null) {
    const label = it.words.phases.watching;
    rows.push({ label, lane: 'lab', ...it.waiting, state: 'watching', tip: label });
  }
  // Building side by side, then removal: each side's rows stand together, in the order of their beginning.
  const order = (row: Row): number =>
    row.lane === 'removal' ? 3 : row.lane === 'lab' ? (row.from <= firstBranch ? 0 : 2.5) : LANES.indexOf(row.lane);
  const firstBranch =
    rows
      .filter((row) => row.lane === 'openai' || row.lane === 'databricks')
      .map((row) => row.from)
      .sort()[0] ?? '';
  return rows.sort((a, b) => order(a) - order(b) || a.from.localeCompare(b.from));
}

/** `45 s`, `1:15`, `12 min`, `2 h` or `1 h 30`. */
function shortDuration(seconds: number): string {
  const padded = (value: number): string => String(value).padStart(2, '0');
  if (seconds === 0) return '0';
  if (seconds < 60) return `${seconds} s`;
  if (seconds % 60 !== 0) return `${Math.floor(seconds / 60)}:${padded(seconds % 60)}`;
  if (seconds < 3_600) return `${seconds / 60} min`;
  return seconds % 3_600 === 0
    ? `${seconds / 3_600} h`
    : `${Math.floor(seconds / 3_600)} h ${padded((seconds % 3_600) / 60)}`;
}
