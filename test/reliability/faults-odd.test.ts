import { faultMatrix } from './faults.ts';

faultMatrix('odd');
