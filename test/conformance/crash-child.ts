/** Travels until a given moment and ends itself there with SIGKILL: `node crash-child.ts STORE EFFECTS MOMENT NTH`. */
import { travel } from './journey.ts';

const [store = '', effects = '', moment = '', nth = ''] = process.argv.slice(2);
let seen = 0;
await travel(store, effects, (name) => {
  if (name === moment && ++seen === Number(nth)) process.kill(process.pid, 'SIGKILL');
});
