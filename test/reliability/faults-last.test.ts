import { faultMatrix } from './faults.ts';

faultMatrix('last');
