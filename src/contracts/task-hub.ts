/** What an activity may ask of the task hub, and tell it. Only the activities named in `HUB_ACTIVITIES` are handed one. */
import type { LabRef } from '../lab/names.ts';

export type TaskHub = {
  /** What an instance was started with; undefined where there is none. */
  inputOf: (instanceId: string) => Promise<unknown>;
  /** Whether this very start of the lab is in its watch: built, and not ending. */
  isWatched: (lab: LabRef) => Promise<boolean>;
  /** Starts an instance under an id, unless one lives there. */
  start: (orchestration: string, instanceId: string, input: object) => Promise<void>;
  /** Raises an event; an instance that does not live hears nothing. */
  tell: (instanceId: string, event: string, data: object) => Promise<void>;
};
