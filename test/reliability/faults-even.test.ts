import { faultMatrix } from './faults.ts';

faultMatrix('even');
