'use strict';
Object.defineProperty(exports, '__esModule', { value: true });
const df = require('durable-functions');
const helloActivityName = 'sayHello';
df.app.orchestration('helloSequence', function* (context) {
  const output = [];
  output.push(yield context.df.callActivity(helloActivityName, 'Tokyo'));
  output.push(yield context.df.callActivity(helloActivityName, 'Seattle'));
  output.push(yield context.df.callActivity(helloActivityName, 'Cairo'));
  return output;
});
df.app.activity(helloActivityName, {
  handler: function (city) {
    return `Hello ${city}`;
  },
});
