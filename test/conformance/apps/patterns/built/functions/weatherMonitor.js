'use strict';
// A monitor: looks every 30 seconds, for at most 6 hours, until the weather is clear.
Object.defineProperty(exports, '__esModule', { value: true });
const df = require('durable-functions');
let looks = 0;
df.app.orchestration('weatherMonitor', function* (context) {
  const { location } = context.df.getInput();
  const endTime = context.df.currentUtcDateTime.getTime() + 6 * 3600 * 1000;
  while (context.df.currentUtcDateTime.getTime() < endTime) {
    const isClear = yield context.df.callActivity('getIsClear', location);
    if (isClear) return yield context.df.callActivity('sendGoodWeatherAlert', location.city);
    const nextCheckpoint = new Date(context.df.currentUtcDateTime.getTime() + 30 * 1000);
    yield context.df.createTimer(nextCheckpoint);
  }
  return 'expired';
});
df.app.activity('getIsClear', {
  handler: async function (location) {
    looks += 1;
    return location.city !== 'Nowhere' && looks >= 3;
  },
});
df.app.activity('sendGoodWeatherAlert', {
  handler: function (city) {
    return `The weather is clear in ${city}, seen at look ${looks}`;
  },
});
