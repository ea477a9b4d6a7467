/**
 * POST /api/labs: starts a lab, or answers for the one that the same request started before.
 *
 * 1. Nothing is created before every field has been checked, and a refusal names every bad field.
 * 2. The same Idempotency-Key (or the same id) with the same body is the same lab, as long as its report is kept.
 * 3. The same key or id with another body is a conflict; an ended id starts again only with `recreate`.
 * 4. A lab that would be new counts against its owner's limits; a repetition does not.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import canonicalize from 'canonicalize';
import type { LabInput } from '../../contracts/inputs.ts';
import type { StartIdentity } from '../../lab/limits.ts';
import { groupName } from '../../lab/names.ts';
import type { Prices } from '../../lab/cost/retail-prices.ts';
import { safeError } from '../../lab/redact.ts';
import { LabRequestSchema, type LabRequest } from '../../lab/request.ts';
import type { LabStatus } from '../../contracts/status.ts';
import { logEvent } from '../../log.ts';
import type { Settings } from '../../settings.ts';
import { maySee, type Caller } from '../caller.ts';
import { endpoint, type Call, type Handler } from '../endpoint.ts';
import type { HttpDeps } from '../../services.ts';
import { check, keyFaults } from '../validation.ts';
import { DRY_RUN, queryFaults } from '../query.ts';
import {
  everything,
  findChains,
  findNewestFamily,
  inputOf,
  isLive,
  ownerOf,
  terminateLiving,
  type Family,
} from '../../hub/instances.ts';
import { linksOf } from '../../hub/lab-view.ts';
import { TERMINATED_BY_APP } from '../../hub/operator-actions.ts';
import { findBegun, startInstance, type IdKind } from '../../hub/start-instance.ts';
import { limitProblem, overLimit } from '../owner-limits.ts';
import { planOnly } from './dry-run.ts';
import { badFields, json, problem, readJson } from '../responses.ts';
import type { FieldFault, HttpProblem } from '../../lab/http-problem.ts';
import { statusOf } from '../../hub/status.ts';
import { parseArmId } from '../../lab/arm-ids.ts';

export const startLab = (deps: HttpDeps): Handler =>
  endpoint(
    deps,
    async (call) => {
      const read = await readJson(call.request);
      if (read.kind === 'bad') return problem(read.problem);
      const checked = check(LabRequestSchema, read.value);
      const key = call.request.headers.get('idempotency-key');
      const faults = [
        ...('faults' in checked ? checked.faults : allowed(checked.value, deps.settings)),
        ...keyFaults(key),
        ...queryFaults(call.request.query, DRY_RUN),
      ];
      if ('faults' in checked || faults.length > 0) return problem(badFields(faults));

      const asked = checked.value;
      const identity = identify(asked, key, call.caller);
      const id =
        asked.id ??
        (identity.keyHash === null ? `lab-${randomBytes(5).toString('hex')}` : `lab-${identity.keyHash.slice(0, 10)}`);
      if (call.request.query.get('dryRun') === 'true') {
        const prices = await readPrices(deps, call, asked);
        return planOnly(deps, labInput(deps, call.caller, id, asked, identity, prices));
      }
      return start(deps, call, id, asked, identity, asked.id === undefined && key === null ? 'own' : 'shared');
    },
    { query: null },
  );

async function start(
  deps: HttpDeps,
  call: Call,
  id: string,
  request: LabRequest,
  identity: StartIdentity,
  idKind: IdKind,
): Promise<HttpResponseInit> {
  if (deps.settings.tagKeys === undefined) return problem(NO_KEY);
  const family = await findNewestFamily(call, id, everything, findBegun);
  const owner = ownerOf(family);
  if (owner !== null && !maySee(call.caller, owner)) return problem(otherBody(id));
  const previous = judge(id, family, identity, request.recreate);
  if (previous === 'same') return accepted(call, id, 'already-started');
  if (previous !== 'free') return problem(previous);
  const { caller, client } = call;
  // What is still going on of an earlier start has the ids of the new one's children, and may make something yet.
  const going = [family.openai, family.databricks, ...(await findChains(client, family.teardown))].filter(isLive);
  await terminateLiving(client, going, TERMINATED_BY_APP.over);
  if (going.length > 0) return problem(stillThere(id), { 'retry-after': '60' });
  // A lab that the hub has forgotten still lives in its group, or outside of one: it is the sweep's to end, and not to be built over.
  const [groups, strays] = await Promise.all([deps.labSurvey.listLabGroups(), deps.labSurvey.listStrays()]);
  const left = [...groups.map((it) => it.lab), ...strays].find((it) => it.id === id);
  if (left) return problem(maySee(caller, left.owner) ? stillThere(id) : otherBody(id));

  const now = deps.now();
  const { ownerLimits: limits } = deps.settings;
  const reached = await overLimit(call, { owner: caller.id, limits, groups, budgetUsd: request.budgetUsd, now });
  if (reached !== null) {
    const refusal = limitProblem(reached, now);
    return problem(refusal.problem, refusal.headers);
  }
  const prices = await readPrices(deps, call, request);
  const input = labInput(deps, call.caller, id, request, identity, prices);
  const started = await startInstance(call.client, 'lab', id, input, idKind);
  if (started.kind === 'started') return accepted(call, id, 'started');
  // Somebody was faster, and need not be the same person.
  const faster = inputOf(started.instance);
  const same = maySee(caller, faster.lab.owner) && matches(faster.identity, identity);
  return same ? accepted(call, id, 'already-started') : problem(otherBody(id));
}

function accepted(call: Call, id: string, status: 'started' | 'already-started'): HttpResponseInit {
  const links = linksOf(call.base, id);
  return json(202, { id, status, links }, { location: links.self });
}

/** `free`: nothing of that id, or ended and to be made again. `same`: the answer is the lab that exists. */
function judge(id: string, family: Family, identity: StartIdentity, recreate: boolean): 'free' | 'same' | HttpProblem {
  const { lab, teardown, report } = family;
  if (lab === null && report === null) return isLive(teardown) ? stillThere(id) : 'free';
  const same = matches(lab === null ? (report?.identity ?? null) : inputOf(lab).identity, identity);
  if (!isLive(lab) && !isLive(teardown)) return recreate ? 'free' : same ? 'same' : ended();
  if (!same) return otherBody(id);
  // Nothing would be started when the removal is done.
  return recreate && isEnding(family) ? stillThere(id) : 'same';
}

const isEnding = ({ lab, teardown }: Family): boolean =>
  isLive(teardown) || statusOf<LabStatus>(lab).phase === 'tearing-down';

const matches = (earlier: StartIdentity | null, now: StartIdentity): boolean =>
  earlier !== null && earlier.bodyHash === now.bodyHash && earlier.keyHash === now.keyHash;

const otherBody = (id: string): HttpProblem => ({
  status: 409,
  code: 'lab-exists',
  title: 'The id or Idempotency-Key is in use',
  detail: `Lab "${id}" was started from another request. Choose another id or key, or end that lab first.`,
});

/** What it made could never be told from what somebody else has tagged. */
const NO_KEY: HttpProblem = {
  status: 503,
  code: 'no-tag-key',
  title: 'No lab can be started',
  detail: 'The setting LAB_TAG_KEY is missing: without it the app cannot sign what it makes.',
};

const ended = (): HttpProblem => ({
  status: 409,
  code: 'lab-ended',
  title: 'A lab of that id has ended',
  detail: 'Its report is kept under this id. Send "recreate": true to start it again, or choose another id.',
});

const stillThere = (id: string): HttpProblem => ({
  status: 409,
  code: 'lab-left-over',
  title: 'A lab of that id has not been removed yet',
  detail: `Resources of lab "${id}" still exist, or are being removed. DELETE the lab, or wait for the sweep, or choose another id.`,
});

/** `recreate` is no part of what a lab is: the same start with and without it is the same. Two owners' keys never meet. */
function identify(request: LabRequest, key: string | null, caller: Caller): StartIdentity {
  const { recreate: _recreate, ...body } = request;
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  return { bodyHash: digest(canonicalize(body) ?? ''), keyHash: key === null ? null : digest(`${caller.id}\n${key}`) };
}

/** What the schema cannot know: which regions and subscriptions this installation allows. */
function allowed(request: LabRequest, settings: Settings): FieldFault[] {
  const faults: FieldFault[] = [];
  request.regions?.forEach((region, index) => {
    if (!settings.regions.includes(region))
      faults.push({
        field: `regions.${index}`,
        message: `is not allowed here; allowed are ${settings.regions.join(', ')}`,
      });
  });
  if (
    request.subscriptionId !== undefined &&
    !settings.allowedSubscriptionIds.includes(request.subscriptionId.toLowerCase())
  ) {
    faults.push({ field: 'subscriptionId', message: 'is not allowed here' });
  }
  if (request.participants.length > 0 && settings.participantRoleId === undefined)
    faults.push({ field: 'participants', message: 'are not let in by this installation' });
  const brought = {
    'openai.accountId': request.openai?.accountId,
    'databricks.workspaceId': request.databricks.workspaceId,
  };
  for (const [field, id] of Object.entries(brought)) {
    const subscriptionId = id === undefined ? undefined : parseArmId(id).subscriptionId.toLowerCase();
    if (subscriptionId !== undefined && !settings.allowedSubscriptionIds.includes(subscriptionId))
      faults.push({ field, message: 'is in a subscription that is not allowed here' });
    else if (id !== undefined && !isLent(id, settings.lentResourceIds))
      faults.push({ field, message: 'is not lent to labs here: the operator lists what is, in LAB_LENT_RESOURCE_IDS' });
  }
  return faults;
}

/** A resource is lent by its own id, or with all of its group. */
const isLent = (id: string, lent: readonly string[]): boolean =>
  lent.some((it) => it === '*' || id.toLowerCase() === it || id.toLowerCase().startsWith(`${it}/`));

/** Of the region that is asked for first. Prices that cannot be read fail no start: the table is there. */
async function readPrices(deps: HttpDeps, { context }: Call, { regions }: LabRequest): Promise<Prices | undefined> {
  const region = (regions ?? deps.settings.regions)[0] ?? '';
  try {
    return (await deps.prices(region)) ?? undefined;
  } catch (error) {
    logEvent(context, 'prices.unread', { region, reason: safeError(error).message }, 'warning');
    return undefined;
  }
}

function labInput(
  deps: HttpDeps,
  caller: Caller,
  id: string,
  request: LabRequest,
  identity: StartIdentity,
  prices: Prices | undefined,
): LabInput {
  const startedAt = deps.now();
  const subscriptionId = (request.subscriptionId ?? deps.settings.subscriptionId).toLowerCase();
  const who = { id, subscriptionId, installation: deps.settings.installation, startedAt: startedAt.toISOString() };
  const group = groupName(who);
  return {
    lab: { ...who, owner: caller.id, group, resourceGroup: request.resourceGroup ?? group },
    request: {
      ...request,
      regions: request.regions ?? [...deps.settings.regions],
      regionOrder: request.regions === undefined ? 'spread' : 'as-given',
    },
    identity,
    limits: {
      hardAt: new Date(startedAt.getTime() + request.maxHours * 3_600_000).toISOString(),
      leaseMinutes: deps.settings.leaseMinutes,
      warnMinutes: deps.settings.warnMinutes,
    },
    ...(prices === undefined ? {} : { prices }),
  };
}
