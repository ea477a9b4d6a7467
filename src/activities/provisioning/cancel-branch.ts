/** Tells a branch of a lab through the task hub that it is to end. */
import type { Activities } from '../../contracts/activities.ts';
import { instanceIds } from '../../contracts/instance-ids.ts';
import { EVENTS } from '../../lab/events.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, pending } from '../../lab/outcome.ts';
import { answer } from '../outcome-of-error.ts';

export const branchActivities = (): Pick<Activities, 'endBranch'> => ({
  endBranch: ({ lab, branch, end }, hub) =>
    answer(async () => {
      const id = instanceIds(lab)[branch];
      // Both branches begin together, but the hub may take its time with one of them.
      const begun = (await hub.inputOf(id)) as { lab?: Partial<LabRef> } | undefined;
      if (begun?.lab?.startedAt !== lab.startedAt) return pending(`${id} has not begun yet`);
      await hub.tell(id, EVENTS.end, end);
      return done(null);
    }),
});
