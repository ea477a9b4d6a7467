/** Every step of a lab over time: a row a try, in the colour of the side that takes it. */
import { scaleLinear } from 'd3-scale';
import type { Step } from '../../lab/phases.ts';
import { duration, secondsBetween } from '../format.ts';
import { markup, type Markup } from '../markup.ts';
import { oneLine, shortened } from '../visible-text.ts';
import type { Words } from '../words.ts';
import { at, drawing } from './svg.ts';

export type Lane = 'lab' | 'openai' | 'databricks' | 'removal';
export const LANES: readonly Lane[] = ['lab', 'openai', 'databricks', 'removal'];

const OPENAI: readonly string[] = ['account', 'deployment'];
const DATABRICKS: readonly string[] = [
  'workspace',
  'readiness',
  'notebook',
  'cluster',
  'borrowed-cluster',
  'library',
  'hand-over',
];

export function laneOf(name: string): Lane {
  if (OPENAI.includes(name)) return 'openai';
  if (DATABRICKS.includes(name)) return 'databricks';
  return name === 'inventory' || name.startsWith('remove-') || name === 'purge-account' ? 'removal' : 'lab';
}

/** Names repeat: a second try of the workspace, a second look for what is left. */
export const stepLabel = ({ name, attempt }: Step, words: Words): string =>
  `${words.steps[name] ?? name}${attempt !== undefined && attempt > 1 ? ` ${attempt}` : ''}`;

const WIDTH = 960;
const GUTTER = 208;
const TAIL = 92;
const ROW = 23;
const HEAD = 30;
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
  const x = scaleLinear([0, total], [GUTTER, WIDTH - TAIL]);
  const height = HEAD + rows.length * ROW + 6;
  const mark = MARKS.find((seconds) => total / seconds <= 9) ?? 86_400;
  const marks = Array.from({ length: Math.floor(total / mark) + 1 }, (_, index) => index * mark);
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
      marks.map(
        (seconds) =>
          markup`<line class="grid" x1="${at(x(seconds))}" x2="${at(x(seconds))}" y1="${HEAD - 8}" y2="${height - 4}"/><text class="tick" x="${at(x(seconds))}" y="14" text-anchor="middle">${shortDuration(seconds)}</text>`,
      ),
      rows.map((row, index) => bar(row, HEAD + index * ROW, (iso) => x(secondsBetween(it.startedAt, iso)))),
    ],
  );
}

function bar(row: Row, top: number, x: (iso: string) => number): Markup {
  const from = x(row.from);
  const width = Math.max(3, x(row.to) - from);
  const text = row.state === 'running' ? `${took(row)} …` : row.state === 'failed' ? `✕ ${took(row)}` : took(row);
  return markup`<g class="row ${row.lane} ${row.state}"><title>${row.tip}</title><text class="label" x="${GUTTER - 12}" y="${top + ROW / 2}" dy="0.32em" text-anchor="end">${row.label}</text><rect class="bar" x="${at(from)}" y="${top + 4}" width="${at(width)}" height="${ROW - 8}" rx="4"/><text class="value" x="${at(from + width + 7)}" y="${top + ROW / 2}" dy="0.32em">${text}</text></g>`;
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
      lane: laneOf(step.name),
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

function shortDuration(seconds: number): string {
  if (seconds === 0) return '0';
  if (seconds < 60) return `${seconds} s`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds < 3_600 || seconds % 60 !== 0
    ? `${seconds / 60} min`
    : `${Math.floor(seconds / 3_600)} h ${String((seconds % 3_600) / 60).padStart(2, '0')}`;
}
