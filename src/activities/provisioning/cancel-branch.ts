/** What the branches of a lab are told through the task hub, by the lab and by each other. */
import type { Activities } from '../../contracts/activities.ts';
import { EVENTS } from '../../lab/events.ts';
import type { LabRef } from '../../lab/names.ts';
import { done, pending } from '../../lab/outcome.ts';
import { answer } from '../outcome-of-error.ts';

export const branchActivities = (): Pick<Activities, 'endBranch'> => ({
  endBranch: ({ lab, branch, end }, hub) =>
    answer(async () => {
      const id = `${lab.id}.${branch}`;
      // Both branches begin together, but the hub may take its time with one of them.
      const begun = (await hub.inputOf(id)) as { lab?: Partial<LabRef> } | undefined;
      if (begun?.lab?.startedAt !== lab.startedAt) return pending(`${id} has not begun yet`);
      await hub.tell(id, EVENTS.end, end);
      return done(null);
    }),
});
