/**
 * The findings in plain words, for log lines, pages and Markdown: the one place where they are put into sentences.
 * The sentences are plain text; whoever writes them into a page escapes them, since levels come from outside.
 */
import { english } from './en.ts';
import { createNumberFormat, type NumberFormat } from './numbers.ts';
import { portuguese } from './pt-br.ts';
import type { DriftFindings, FeatureReport, Feature } from '../findings.ts';
import type { Detectable } from '../verdict.ts';
import type { DriftWords, Locale, Vocabulary } from './vocabulary.ts';

const VOCABULARIES: Record<Locale, Vocabulary> = { en: english, 'pt-BR': portuguese };

/** Says the findings in a language. */
export function describe(findings: DriftFindings, locale: Locale): DriftWords {
  const words = VOCABULARIES[locale];
  const format = formats(locale);
  return {
    verdict: verdictSentence(findings, words, format),
    features: findings.features.map((each) => ({
      feature: each.feature,
      name: words.features[each.feature],
      text: featureSentence(each, words, format),
    })),
    knownChanges: findings.knownChanges.map(({ setting, kind, values }) => {
      const name = words.settings[setting];
      const before = values.filter((value) => value.baseline > 0);
      const after = values.filter((value) => value.current > 0);
      if (kind === 'replaced' && before.length === 1 && after.length === 1) {
        return words.replaced(name, before[0]!.value, after[0]!.value);
      }
      const shares = values.map((value) =>
        words.sharesOf(value.value, format.percent(value.baseline), format.percent(value.current)),
      );
      return words.mixed(name, shares.join('; '));
    }),
    cautions: [
      ...(findings.shared > 0 ? [words.shared(format.whole(findings.shared))] : []),
      ...(findings.leftOut ? [words.leftOut(namesOf(findings.leftOut, words, format))] : []),
    ],
  };
}

type Formats = NumberFormat & { list: (items: string[]) => string };

const formats = (locale: Locale): Formats => {
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  return { ...createNumberFormat(locale), list: (items) => list.format(items) };
};

/** `= 0.012`, or `< 0.0001`. */
const pOf = (value: number, format: Formats): string => {
  const p = format.p(value);
  return p.startsWith('<') ? p : `= ${p}`;
};

const namesOf = (features: readonly Feature[], words: Vocabulary, format: Formats): string =>
  format.list(features.map((feature) => words.features[feature].toLowerCase()));

function verdictSentence({ verdict, features }: DriftFindings, words: Vocabulary, format: Formats): string {
  const names = (named: readonly Feature[]): string => namesOf(named, words, format);
  switch (verdict.kind) {
    case 'drift':
      return words.drift(names(verdict.features));
    case 'no-drift': {
      const effects = [
        ...(verdict.percent === null ? [] : [words.percent(`${atLeast(verdict.percent, format)} %`)]),
        ...(verdict.points === null ? [] : [words.points(atLeast(verdict.points, format))]),
      ];
      return words.noDrift(effects.length === 0 ? words.allAlike : words.seen(format.list(effects)));
    }
    case 'not-enough-data': {
      const need = verdict.need === null ? null : format.whole(verdict.need);
      return words.notEnough(need, verdict.features.length < features.length ? names(verdict.features) : null);
    }
  }
}

function featureSentence(report: FeatureReport, words: Vocabulary, format: Formats): string {
  const { verdict } = report;
  switch (verdict.kind) {
    case 'drift':
      return words.featureDrift(finding(report, words, format), pOf(report.adjustedP ?? 0, format));
    case 'no-drift':
      return words.featureNoDrift(effect(verdict.detectable, words, format));
    case 'not-enough-data':
      return words.featureNotEnough(
        verdict.need === null ? null : format.whole(verdict.need),
        format.whole(verdict.have.baseline),
        format.whole(verdict.have.current),
      );
  }
}

function effect(detectable: Detectable, words: Vocabulary, format: Formats): string {
  switch (detectable.kind) {
    case 'percent':
      return words.seen(words.percent(`${atLeast(detectable.percent, format)} %`));
    case 'points':
      return words.seen(words.points(atLeast(detectable.points, format)));
    case 'distance':
      return words.seen(words.distance(format.amount(detectable.distance)));
    case 'any':
      return words.allAlike;
  }
}

/** Rounded up, so that the claim never sounds sharper than it is. */
function atLeast(effect: number, format: Formats): string {
  return format.amount(effect >= 10 ? Math.ceil(effect) : Math.ceil(effect * 10) / 10);
}

function finding(report: FeatureReport, words: Vocabulary, format: Formats): string {
  if (report.tests === null) return '';
  switch (report.type) {
    case 'numeric': {
      const { shift, low, high, percent } = report.tests.shift;
      // Many ties can leave the median difference at zero although one window clearly lies higher.
      if (shift === 0) return words.shapeChanged;
      const size = percent === null ? null : format.percent(Math.abs(percent) / 100);
      const amount = (value: number): string => format.amount(value) + (report.feature === 'latencyMs' ? ' ms' : '');
      const said = words.shift(shift > 0, amount(Math.abs(shift)), size, amount(low), amount(high));
      return low <= 0 && high >= 0 ? `${said}; ${words.coarse}` : said;
    }
    case 'categorical': {
      const { level } = report.tests.riskDifference;
      const counts = report.levels.find((each) => each.level === level);
      const before = format.percent((counts?.baseline ?? 0) / report.baseline);
      const after = format.percent((counts?.current ?? 0) / report.current);
      return words.share(report.feature === 'finishReason' ? level : null, before, after);
    }
    case 'wording':
      return words.wording(format.amount(report.tests.distance));
  }
}
