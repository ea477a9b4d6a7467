import { faultMatrix } from './faults.ts';

faultMatrix('first');
