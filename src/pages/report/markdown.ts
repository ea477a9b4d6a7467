/**
 * The report as Markdown, for people's notes and for issues.
 *
 * Text of others cannot become formatting: in a line its special characters are escaped, of several lines it stands in a fence that is longer than any in it.
 */
import { describe as inWords } from '../../drift/text/describe.ts';
import type { Locale } from '../../drift/text/vocabulary.ts';
import { stepLabel } from '../charts/gantt.ts';
import { driftRows, type Cell } from './drift-rows.ts';
import { duration, formatFor, secondsBetween } from '../frame/format.ts';
import { builtAt, type LabPicture } from './report-data.ts';
import { isForgotten, lostNotice } from './lost-lab.ts';
import { costOfBudget, hardDeadline } from './summary.ts';
import { oneLine, visible } from '../frame/visible-text.ts';
import { wordsFor } from '../words/words.ts';
import type { Words } from '../words/en.ts';
import { lastSegment } from '../../lab/arm-ids.ts';

/** Text inside a line or a cell: what Markdown, HTML or an autolink could read is escaped. */
export const inline = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*_[\]<>#|~&:@]/g, '\\$&')
    .replace(/\b(www)\./gi, '$1\\.');

/** Text that a line begins with: what a list begins with is escaped as well. */
export const plain = (text: string): string =>
  inline(text)
    .replace(/^(?=[-+=])/, '\\')
    .replace(/^(\d+)(?=[.)])/, '$1\\');

export function fenced(text: string): string {
  const shown = visible(text);
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map((it) => it[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');

export function reportMarkdown(picture: LabPicture, locale: Locale): string {
  const words = wordsFor(locale);
  return `${[
    opening(picture, locale, words),
    timeline(picture, locale, words),
    answers(picture, locale, words),
    drift(picture, locale, words),
    cost(picture, locale, words),
    receipt(picture, locale, words),
  ]
    .flat()
    .join('\n\n')}\n`;
}

function opening({ at, view }: LabPicture, locale: Locale, words: Words): string[] {
  const format = formatFor(locale);
  const { report: w } = words;
  const built = builtAt(view);
  const state = view.report ? words.outcomes[view.report.outcome] : words.phases[view.phase];
  const ended =
    view.report && view.endedAt !== undefined
      ? `, ${w.ended(format.moment(view.endedAt), words.reasons[view.report.end.reason])}`
      : '';
  const facts = [
    `${view.endedAt === undefined ? w.facts.lived : w.facts.life}: ${duration(secondsBetween(view.startedAt, view.endedAt ?? at))}`,
    ...(built === null ? [] : [`${w.facts.built}: ${duration(secondsBetween(view.startedAt, built))}`]),
    ...(view.cost ? [`${w.facts.cost}: ${costOfBudget(view.cost.usd, view, words, format)}`] : []),
    ...(isForgotten(view) && !view.verifications?.length
      ? []
      : [`${w.facts.verified}: ${w.facts.verifiedSays(view.verifications?.length ?? 0, 2)}`]),
  ];
  const { problem } = view;
  const deadline = hardDeadline(view, words, format);
  return [
    `# ${w.title(view.id)}: ${state}`,
    `${w.started(format.moment(view.startedAt))}${ended}${deadline === null ? '' : `; ${deadline}`}.`,
    ...(view.phase === 'lost' ? [`**${inline(lostNotice(view, locale))}**`] : []),
    facts.map((it) => `- ${it}`).join('\n'),
    ...(problem
      ? [
          `## ${w.problem}`,
          `\`${problem.code}\`: ${plain(problem.message)}${problem.suggestion ? ` ${plain(problem.suggestion)}` : ''}`,
        ]
      : []),
  ];
}

function timeline({ at, view }: LabPicture, locale: Locale, words: Words): string[] {
  const format = formatFor(locale);
  const { timeline: w } = words;
  if (view.steps.length === 0) return [];
  const { columns } = w;
  const rows = view.steps.map((it) => [
    stepLabel(it, words),
    words.states[it.state],
    format.clock(it.startedAt),
    duration(secondsBetween(it.startedAt, it.endedAt ?? view.endedAt ?? at)),
    it.region ?? '',
    it.note === undefined ? '' : inline(it.note),
  ]);
  return [
    `## ${w.heading}`,
    table([columns.step, columns.state, columns.start, columns.took, columns.region, columns.note], rows),
  ];
}

function answers({ view, prompts }: LabPicture, locale: Locale, words: Words): string[] {
  const { answers: w } = words;
  const format = formatFor(locale);
  const completions = view.completions ?? [];
  if (completions.length === 0) return [];
  return [
    `## ${w.heading}`,
    ...(prompts ? [`${w.asked}:`, fenced(prompts.prompt)] : []),
    ...completions.flatMap((it) => {
      const verified = view.verifications?.find((one) => one.runId === it.runId);
      const trace = verified?.traceTokenUsage ?? null;
      const says = verified
        ? `${w.verified} (${w.verifiedSays(format.whole(verified.param), format.whole(verified.spanUsage), trace === null ? words.unknown : format.whole(trace))})`
        : w.notYet;
      const tokens = w.tokens(format.whole(it.promptTokens), format.whole(it.completionTokens));
      return [
        `### ${w.by(words.sources[it.source] ?? it.source)}`,
        fenced(it.answer),
        `${plain(it.model)}, ${tokens}, ${format.milliseconds(it.latencyMs)}. ${says}.`,
      ];
    }),
  ];
}

const cellText = ({ main, note }: Cell): string => (note === undefined ? main : `${main} (${note})`);

function drift({ drift: it, traces }: LabPicture, locale: Locale, words: Words): string[] {
  const { drift: w } = words;
  if (it === null || it.findings.features.length === 0) return [];
  const format = formatFor(locale);
  const said = inWords(it.findings, locale);
  const { columns } = w;
  const heads = [
    columns.feature,
    columns.verdict,
    columns.baseline,
    columns.current,
    columns.effect,
    columns.p,
    columns.psi,
  ];
  const rows = driftRows(it.findings, said, words, format).map((one) =>
    [one.name, w.kinds[one.verdict], ...[one.baseline, one.current, one.effect, one.p, one.psi].map(cellText)].map(
      inline,
    ),
  );
  return [
    `## ${w.heading}`,
    `**${plain(said.verdict)}**`,
    ...(traces
      ? [
          `${w.windows(format.whole(it.findings.windows.baseline.traces), format.whole(it.findings.windows.current.traces))}.`,
        ]
      : []),
    ...(said.knownChanges.length > 0
      ? [`${w.knownChanges}:`, said.knownChanges.map((text) => `- ${plain(text)}`).join('\n')]
      : []),
    table(heads, rows),
    said.features.map((one) => `- ${one.name}: ${plain(one.text)}`).join('\n'),
    ...said.cautions.map((text) => `${w.cautions}: ${plain(text)}`),
  ];
}

function cost({ view }: LabPicture, locale: Locale, words: Words): string[] {
  const { cost: it } = view;
  if (!it) return [];
  const format = formatFor(locale);
  const { cost: w } = words;
  const rows = [
    ...it.byResource.map((line) => [inline(line.resource), format.usd(line.usd)]),
    [w.tokens, format.usd(it.tokensUsd)],
    [`**${w.total}**`, `**${format.usd(it.usd)}**`],
  ];
  return [`## ${w.heading}`, table([w.resource, w.usd], rows), words.estimates];
}

function receipt({ view }: LabPicture, locale: Locale, words: Words): string[] {
  const it = view.report?.receipt;
  if (!it) return [];
  const format = formatFor(locale);
  const { receipt: w } = words;
  const rows = it.removals.map((one) => [
    one.kept ? w.kept : w.gone,
    words.kinds[one.what] ?? inline(one.what),
    inline(lastSegment(one.id)),
    format.clock(one.at),
    inline(one.confirmed),
  ]);
  const left =
    it.left.length === 0
      ? [`**${w.allGone}.**`]
      : [`**${w.leftHeading}:**`, it.left.map((one) => `- ${plain(one.id)}: ${plain(one.why)}`).join('\n')];
  return [
    `## ${w.heading}`,
    ...left,
    rows.length === 0 && it.left.length === 0
      ? isForgotten(view)
        ? w.nothingFound
        : w.nothingMade
      : table(['', w.columns.what, w.columns.name, w.columns.at, w.columns.confirmed], rows),
    `${w.blind}: ${plain(it.blindTo.join('; '))}.`,
  ];
}
