/** The fields of the start form, and the request that they stand for: what is left as it is goes unsaid, so that the request's own defaults count. */
import { LabRequestSchema } from '../../lab/request.ts';

export type FormValues = Record<
  'id' | 'model' | 'idleMinutes' | 'maxHours' | 'budgetUsd' | 'tier' | 'system' | 'prompt',
  string
>;

const request = LabRequestSchema.parse({});

export const DEFAULTS: FormValues = {
  id: '',
  model: request.model,
  idleMinutes: String(request.idleMinutes),
  maxHours: String(request.maxHours),
  budgetUsd: String(request.budgetUsd),
  tier: request.databricks.tier,
  system: request.completion.system,
  prompt: request.completion.prompt,
};

const FIELDS = Object.keys(DEFAULTS) as (keyof FormValues)[];

/** What was typed; of a field that is missing, its default. Browsers send line ends as CR LF. */
export const valuesOf = (form: URLSearchParams): FormValues =>
  Object.fromEntries(
    FIELDS.map((name) => [name, (form.get(name) ?? DEFAULTS[name]).replaceAll('\r\n', '\n').trim()]),
  ) as FormValues;

/** The body of a start. What is not a number is sent as it is, so that the refusal names the field. */
export function requestOf(values: FormValues): Record<string, unknown> {
  const changed = (name: keyof FormValues): boolean => values[name] !== '' && values[name] !== DEFAULTS[name];
  const number = (text: string): number | string =>
    /^-?\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : text;
  const completion = {
    ...(changed('system') ? { system: values.system } : {}),
    ...(changed('prompt') ? { prompt: values.prompt } : {}),
  };
  return {
    ...(changed('id') ? { id: values.id } : {}),
    ...(changed('model') ? { model: values.model } : {}),
    ...(changed('idleMinutes') ? { idleMinutes: number(values.idleMinutes) } : {}),
    ...(changed('maxHours') ? { maxHours: number(values.maxHours) } : {}),
    ...(changed('budgetUsd') ? { budgetUsd: number(values.budgetUsd) } : {}),
    ...(changed('tier') ? { databricks: { tier: values.tier } } : {}),
    ...(Object.keys(completion).length > 0 ? { completion } : {}),
  };
}

/** Where a fault of the request belongs in the form; '' where it has no field there. */
export function fieldOf(path: string): keyof FormValues | '' {
  const name = path.replace(/^(?:databricks|completion)\./, '');
  return FIELDS.find((it) => it === name) ?? '';
}
