/** A lab as the API shows it: the statuses of its instances, merged; cost and time left are computed when it is read. */
import type { LabGroup } from '../lab/survey.ts';
import type { MonitorStatus } from '../contracts/monitor.ts';
import { labCost, ledgerOf, type LabCost } from '../lab/cost/lab-cost.ts';
import type { LabReport } from '../contracts/report.ts';
import type { Phase, Step } from '../lab/steps.ts';
import type { LabStatus, TeardownStatus } from '../contracts/status.ts';
import { leaseEnd } from '../lab/removal/sweep-rule.ts';
import type { TeardownInput } from '../contracts/inputs.ts';
import { inputOf, isLive, isOfStart, stepsOf, type Family, type Instance } from './instances.ts';
import { problemFromOutside } from './operator-actions.ts';
import { statusOf } from './status.ts';

export type LabView = {
  id: string;
  owner: string;
  /**
   * `lost`: resources exist, but no orchestration looks after them, and no report tells of their end: the sweep removes them, at once where the orchestration
   * is known to be over, else when the lease has passed.
   */
  phase: Phase | 'lost';
  running: boolean;
  startedAt: string;
  endedAt?: string;
  steps: Step[];
  plan?: LabStatus['plan'];
  completions?: LabStatus['completions'];
  verifications?: LabStatus['verifications'];
  /** What its request allows at most; absent where that is lost. */
  limits?: { hardAt: string; budgetUsd: number };
  deadlines?: LabStatus['deadlines'];
  secondsLeft?: number;
  /** The warning ahead of the end is out: whoever still needs the lab keeps it alive now, as far as the hard deadline and the budget let it. */
  endsSoon?: true;
  problem?: LabStatus['problem'];
  access?: LabStatus['access'];
  cost?: LabCost;
  /** What the lab's monitor has seen; absent where none was asked for. */
  monitor?: MonitorStatus;
  left?: { id: string; why: string }[];
  /** Of a lab that the hub does not know: when the sweep removes it. */
  lease?: string;
  /** Without the columns of its traces' features, which may be large. */
  report?: Omit<LabReport, 'features'>;
  links: {
    self: string;
    keepalive: string;
    end: string;
    completions: string;
    probe: string;
    traces: string;
    drift: string;
    /** A page to a browser, JSON to others. */
    report: string;
    /** Pages of Azure Databricks, while the workspace is there. */
    workspace?: string;
    experiment?: string;
    /** The workspace in the Azure portal, whose "Launch Workspace" lets people in that have a role on it. */
    portal?: string;
  };
};

export const linksOf = (base: string, id: string): LabView['links'] => ({
  self: `${base}/${id}`,
  keepalive: `${base}/${id}/keepalive`,
  end: `${base}/${id}/end`,
  completions: `${base}/${id}/completions`,
  probe: `${base}/${id}/probe`,
  traces: `${base}/${id}/traces`,
  drift: `${base}/${id}/drift`,
  report: `${base}/${id}/report`,
});

const linksInto = (place: LabStatus['place'], running: boolean): Partial<LabView['links']> =>
  place && running
    ? {
        workspace: place.workspace.url,
        experiment: `${place.workspace.url}/ml/experiments/${place.connection.experimentId}`,
        portal: `https://portal.azure.com/#resource${place.workspace.id}`,
      }
    : {};

const limitsOf = (startedAt: string, { maxHours, budgetUsd }: Record<string, unknown>): Pick<LabView, 'limits'> =>
  typeof maxHours === 'number' && typeof budgetUsd === 'number'
    ? { limits: { hardAt: new Date(Date.parse(startedAt) + maxHours * 3_600_000).toISOString(), budgetUsd } }
    : {};

const withoutColumns = ({ features: _features, ...report }: LabReport): Omit<LabReport, 'features'> => report;

/** From the living or ended instances of a lab. `chains` are the instances that the teardown runs beside itself. */
export function viewOfFamily(
  base: string,
  id: string,
  family: Family,
  chains: Instance[],
  nowMs: number,
): LabView | null {
  const { lab, report, teardown } = family;
  const tearing = statusOf<TeardownStatus>(teardown);
  const removalSteps = [teardown, ...chains].flatMap((it) => stepsOf(it));
  if (lab === null && isLive(teardown)) return viewOfTeardown(base, teardown, removalSteps, tearing.left ?? []);
  if (lab === null) return report === null ? null : viewOfReport(base, report);
  const input = inputOf(lab);
  const status = statusOf<LabStatus>(lab);
  const running = isLive(lab) || isLive(teardown);
  const ended = running ? null : report;
  const steps = [
    ...[lab, family.openai, family.databricks].flatMap((it) => stepsOf(it)),
    ...(ended ? ended.teardownSteps : removalSteps),
  ].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const cost =
    ended?.cost ??
    labCost(
      ledgerOf(steps, {
        tier: input.request.databricks.tier,
        completions: status.completions ?? [],
        ...(status.tokens ? { tokens: status.tokens } : {}),
        ...(input.prices ? { prices: input.prices } : {}),
      }),
      new Date(nowMs).toISOString(),
      { startedAt: input.lab.startedAt, prices: input.prices },
    );
  const { plan, completions, verifications, deadlines, problem } = status;
  const left = ended?.receipt.left ?? tearing.left;
  return {
    id,
    owner: input.lab.owner,
    phase: ended ? phaseOfReport(ended) : phaseOf(lab, status, running),
    running,
    startedAt: input.lab.startedAt,
    ...(ended && ended.receipt.left.length === 0 ? { endedAt: ended.endedAt } : {}),
    steps,
    ...(plan ? { plan } : {}),
    ...(completions ? { completions } : {}),
    ...(verifications ? { verifications } : {}),
    ...limitsOf(input.lab.startedAt, input.request),
    ...(deadlines ? { deadlines } : {}),
    ...(deadlines && status.phase === 'watching'
      ? {
          secondsLeft: Math.max(0, Math.round((Date.parse(deadlines.endsAt) - nowMs) / 1_000)),
          ...(deadlines.endsSoon ? { endsSoon: true as const } : {}),
        }
      : {}),
    ...problemOf(family, lab, problem),
    ...(status.access ? { access: status.access } : {}),
    cost,
    ...monitorOf(family.monitor, input.lab.startedAt),
    ...(left && left.length > 0 ? { left } : {}),
    ...(ended ? { report: withoutColumns(ended) } : {}),
    links: { ...linksOf(base, id), ...linksInto(status.place, running) },
  };
}

const monitorOf = (monitor: Instance | null, startedAt: string): Pick<LabView, 'monitor'> =>
  isOfStart(monitor, startedAt) && monitor.customStatus ? { monitor: monitor.customStatus as MonitorStatus } : {};

function phaseOf(lab: Instance, status: Partial<LabStatus>, running: boolean): Phase | 'lost' {
  if (!running) return 'lost';
  if (!isLive(lab)) return 'tearing-down';
  return status.phase ?? 'planning';
}

/** A lab of which something is left has not ended: the sweep goes on with its teardown. */
export const phaseOfReport = ({ receipt }: LabReport): 'ended' | 'tearing-down' =>
  receipt.left.length === 0 ? 'ended' : 'tearing-down';

/** What the lab itself says comes first, then what was done to it from outside. An orchestration that broke says so; the sweep removes what it left. */
function problemOf(family: Family, lab: Instance, own: LabStatus['problem']): Pick<LabView, 'problem'> {
  const problem = own ?? problemFromOutside(family);
  if (problem !== undefined) return { problem };
  const status = String(lab.runtimeStatus);
  if (status !== 'Failed' && status !== 'Terminated') return {};
  return {
    problem: {
      code: `orchestration-${status.toLowerCase()}`,
      message: typeof lab.output === 'string' ? lab.output.slice(0, 500) : `The orchestration is ${status}.`,
      remedy: 'none',
      suggestion: 'The sweep removes what is left within its next runs; start the lab again afterwards with recreate.',
    },
  };
}

/** Of a lab whose orchestration broke before it made anything, or whose group somebody else has deleted. */
export const viewOfNothingLeft = (view: LabView): LabView => ({
  ...view,
  phase: 'ended',
  ...(view.problem
    ? { problem: { ...view.problem, suggestion: 'Nothing of it is left. Start the lab again with recreate.' } }
    : {}),
});

export function viewOfReport(base: string, report: LabReport): LabView {
  const { facts } = report;
  return {
    id: report.id,
    owner: report.lab.owner,
    phase: phaseOfReport(report),
    running: false,
    startedAt: report.startedAt,
    ...(report.receipt.left.length === 0 ? { endedAt: report.endedAt } : {}),
    steps: [...(facts?.steps ?? []), ...report.teardownSteps],
    ...(facts ? { completions: facts.completions, verifications: facts.verifications } : {}),
    ...limitsOf(report.startedAt, facts?.request ?? {}),
    ...(facts?.problem ? { problem: facts.problem } : {}),
    ...(report.cost ? { cost: report.cost } : {}),
    ...(report.receipt.left.length > 0 ? { left: report.receipt.left } : {}),
    report: withoutColumns(report),
    links: linksOf(base, report.id),
  };
}

/** A lab whose own orchestration is lost, while what it left is being removed. */
function viewOfTeardown(base: string, teardown: Instance, steps: Step[], left: { id: string; why: string }[]): LabView {
  const { lab } = teardown.input as TeardownInput;
  return {
    id: lab.id,
    owner: lab.owner,
    phase: 'tearing-down',
    running: true,
    startedAt: lab.startedAt,
    steps,
    ...(left.length > 0 ? { left } : {}),
    links: linksOf(base, lab.id),
  };
}

/** A lab of which only its tagged group is known. */
export function viewOfGroup(base: string, { lab, lease }: LabGroup): LabView {
  const { id, owner, startedAt } = lab;
  return {
    id,
    owner,
    phase: 'lost',
    running: false,
    startedAt,
    steps: [],
    lease: leaseEnd({ startedAt, lease }),
    links: linksOf(base, id),
  };
}
