import type { Vocabulary } from './vocabulary.ts';

/** The findings in English. */
export const english: Vocabulary = {
  features: {
    promptTokens: 'Prompt tokens',
    completionTokens: 'Completion tokens',
    latencyMs: 'Latency',
    promptChars: 'Prompt length (characters)',
    responseChars: 'Answer length (characters)',
    finishReason: 'Finish reason',
    error: 'Error rate',
    refusal: 'Refusal rate',
    promptText: 'Wording of the prompts',
    responseText: 'Wording of the answers',
  },
  settings: {
    model: 'Model version',
    deployment: 'Deployment',
    parameters: 'Parameters',
    systemPrompt: 'System prompt',
  },
  drift: (features) => `Drift in ${features}.`,
  noDrift: (effects) => `No drift (${effects}).`,
  notEnough: (need, features) =>
    `Not enough data (${needed(need)})${features === null ? '' : ` to judge ${features}`}.`,
  seen: (effects) => `${effects} would have been detected`,
  percent: (percent) => `an effect of ${percent}`,
  points: (points) => `a change of a share by ${points} percentage ${points === '1' ? 'point' : 'points'}`,
  distance: (distance) => `a wording distance above ${distance}`,
  allAlike: 'all values are equal; any other value would have been detected',
  featureDrift: (finding, p) => `Drift: ${finding} (adjusted p ${p}).`,
  shift: (rose, by, percent, low, high) =>
    `typically ${rose ? 'up' : 'down'} by ${by}${percent === null ? '' : ` (${percent})`}, 95 % interval ${low} to ${high}`,
  coarse: 'many values are equal, so the estimate is coarse and the test decides',
  shapeChanged: 'the values are distributed differently around the same middle',
  share: (level, from, to) => `${level === null ? '' : `share of "${level}" `}from ${from} to ${to}`,
  wording: (distance) => `wording distance ${distance} on a scale from 0 to 1`,
  featureNoDrift: (effect) => `No drift (${effect}).`,
  featureNotEnough: (need, baseline, current) => `Not enough data (${needed(need)}; have ${baseline} and ${current}).`,
  replaced: (setting, from, to) => `${setting} changed from ${from} to ${to}.`,
  mixed: (setting, values) => `${setting} changed: ${values}.`,
  sharesOf: (value, from, to) => `${value} from ${from} to ${to} of the traces`,
  leftOut: (features) => `Not compared, because one window has no texts: ${features}.`,
  shared: (count) => `${count} traces are in both windows, which hides drift.`,
};

function needed(need: string | null): string {
  return need === null ? 'no practical number of traces is enough' : `need ${need} traces in each window`;
}
