/**
 * How long each wait is expected to take, how often it is looked at, and when it is given up. The first look comes after the typical time; then every
 * 15 seconds, which both services bear (Databricks sends no Retry-After).
 * Together they may outlast a lease, which is therefore renewed beside every wait of a build (see `lease.ts`); no single first look comes later than a third of the
 * shortest one, ten minutes.
 */
import { TYPICAL_SECONDS } from '../../lab/catalog/durations.ts';
import type { Pace } from '../durable.ts';

const pace = (firstSeconds: number, deadlineMinutes: number, everySeconds = 15): Pace => ({
  firstSeconds,
  everySeconds,
  deadlineMinutes,
});

/**
 * What is being removed is billed until it is gone, and the next link waits for it. With the second look that proves an absence (see `activities/vanishing.ts`)
 * a link is known to be gone within 15 seconds of its end, unless it took less than half of its typical time, or more than ten minutes.
 */
const removal = (typicalSeconds: number): Pace => ({ ...pace(typicalSeconds / 2, 60, 10), slowAfterMinutes: 10 });

export const PACES = {
  quick: pace(5, 5),
  providers: pace(15, 15),
  account: pace(TYPICAL_SECONDS.account, 10),
  deployment: pace(TYPICAL_SECONDS.deployment, 10),
  workspace: pace(TYPICAL_SECONDS.workspace, 20),
  readiness: pace(TYPICAL_SECONDS.readiness, 10, 10),
  /** A sold-out size can stay PENDING without an error for half an hour (databricks/cli waits as long). */
  cluster: pace(TYPICAL_SECONDS.cluster, 30),
  library: pace(TYPICAL_SECONDS.library, 10),
  completion: pace(10, 15),
  notebook: pace(TYPICAL_SECONDS.notebook, 25),
  verification: pace(5, 5, 10),
  removal: removal(TYPICAL_SECONDS.removeAccount),
  removeClusters: removal(TYPICAL_SECONDS.removeClusters),
  removeWorkspace: removal(TYPICAL_SECONDS.removeWorkspace),
  removeGroup: removal(TYPICAL_SECONDS.removeGroup),
  purge: removal(TYPICAL_SECONDS.purgeAccount),
} as const satisfies Record<string, Pace>;
