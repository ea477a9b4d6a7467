import type { Cloud } from './cloud/cloud.ts';
import { PARTICIPANT_ROLE } from './cloud/landscape.ts';

/** No secret: everything that it signs is on this machine. */
export const LOCAL_TAG_KEY = 'a key for the local cloud, which guards nothing but rehearsals';

/** What the app finds in its settings when its cloud is the local one. */
export const labSettings = (cloud: Cloud): Record<string, string> => ({
  ...cloud.settings(),
  LAB_INSTALLATION: 'local-lab',
  LAB_TAG_KEY: LOCAL_TAG_KEY,
  LAB_LENT_RESOURCE_IDS: '*',
  LAB_SWEEP_SCHEDULE: '0 */5 * * * *',
  // Rehearsals cost nothing, and suites start labs by the hundred.
  LAB_OWNER_MAX_LABS: '0',
  LAB_OWNER_MAX_STARTS_PER_DAY: '0',
  LAB_OWNER_MAX_USD_PER_DAY: '0',
  LAB_PARTICIPANT_ROLE_ID: PARTICIPANT_ROLE,
});
