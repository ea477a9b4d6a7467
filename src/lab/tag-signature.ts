/**
 * Signatures of tags. Whoever may tag anything in the subscription can write what the app reads, so tags count only with a signature that the app can check.
 *
 * 1. A signature covers every tag that decides something, and the id of the resource that carries them: copied to another resource it counts for nothing.
 * 2. Databricks copies a workspace's tags to its managed group and to what is in it. There, and only there, the workspace's own signature counts.
 * 3. After a rotation the key before it verifies for as long as a lab that it signed may live.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { LONGEST_LAB_HOURS } from './request.ts';
import { TAGS, tagOf, type Tags } from './tags.ts';
import { isoTime } from './text.ts';

export type TagKeys = {
  current: string;
  /** The key before, and the ISO time at which the current one took its place. */
  previous?: { key: string; replacedAt: string };
};

/** Beyond the longest life: to be built and removed in. */
const MARGIN_HOURS = 4;
export const PREVIOUS_KEY_HOURS = LONGEST_LAB_HOURS + MARGIN_HOURS;

const SIGNED = [
  TAGS.installation,
  TAGS.lab,
  TAGS.owner,
  TAGS.started,
  TAGS.resourceGroup,
  TAGS.lease,
  TAGS.borrowedAccount,
  TAGS.borrowedWorkspace,
] as const;

/** A time that Azure, or a portal, has written in another form is still the same time. */
const valueOf = (tags: Tags, name: string): string | null => {
  const value = tagOf(tags, name);
  if (value === undefined) return null;
  return name === TAGS.started || name === TAGS.lease ? (isoTime(value) ?? value) : value;
};

const messageOf = (tags: Tags, scope: string): string =>
  JSON.stringify(['tags', scope.toLowerCase(), ...SIGNED.map((name) => valueOf(tags, name))]);
const endMessageOf = (scope: string, started: string, at: string): string =>
  JSON.stringify(['end', scope.toLowerCase(), started, at]);

const hmac = (key: string, message: string): string => createHmac('sha256', key).update(message).digest('base64url');

const isSignedBy = (key: string, message: string, signature: string): boolean => {
  const [expected, given] = [Buffer.from(hmac(key, message)), Buffer.from(signature)];
  return expected.length === given.length && timingSafeEqual(expected, given);
};

/** Keys that verify now. */
const verifying = ({ current, previous }: TagKeys, nowMs: number): string[] =>
  previous !== undefined && nowMs - Date.parse(previous.replacedAt) < PREVIOUS_KEY_HOURS * 3_600_000
    ? [current, previous.key]
    : [current];

/** The tags with their signature. `scope`: id of the resource that is to carry them. */
export const signed = (keys: TagKeys, tags: Tags, scope: string): Record<string, string> => ({
  ...tags,
  [TAGS.signature]: hmac(keys.current, messageOf(tags, scope)),
});

/** Whether the app signed these tags for the resource with this id. */
export function isSigned(keys: TagKeys | undefined, tags: Tags, scope: string, nowMs: number): boolean {
  const signature = tagOf(tags, TAGS.signature);
  if (keys === undefined || signature === undefined) return false;
  const message = messageOf(tags, scope);
  return verifying(keys, nowMs).some((key) => isSignedBy(key, message, signature));
}

/** Value of the tag by which an operator, who holds the key, asks for the end of a lab. `scope`: id of its group; `started`, `at`: ISO times. */
export const endRequest = (key: string, scope: string, started: string, at: string): string =>
  `${at}/${hmac(key, endMessageOf(scope, started, at))}`;

/** Since when the end of the lab is asked for, as an ISO time; null where nobody who holds the key has asked. */
export function endRequestedAt(keys: TagKeys | undefined, tags: Tags, scope: string, nowMs: number): string | null {
  const [at = '', signature = ''] = (tagOf(tags, TAGS.end) ?? '').split('/');
  if (keys === undefined || isoTime(at) === undefined) return null;
  const message = endMessageOf(scope, valueOf(tags, TAGS.started) ?? '', at);
  return verifying(keys, nowMs).some((key) => isSignedBy(key, message, signature)) ? at : null;
}
