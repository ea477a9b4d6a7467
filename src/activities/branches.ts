/** What the branches of a lab tell each other, through the task hub. */
import type { Activities } from '../contracts.ts';
import { EVENTS } from '../lab/events.ts';
import { done } from '../lab/outcome.ts';
import { answer } from './answers.ts';

export const branchActivities = (): Pick<Activities, 'endBranch'> => ({
  endBranch: ({ lab, branch, end }, hub) =>
    answer(async () => {
      await hub.tell(`${lab.id}.${branch}`, EVENTS.end, end);
      return done(null);
    }),
});
