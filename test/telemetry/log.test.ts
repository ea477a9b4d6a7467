import { describe, expect, it } from 'vitest';
import { logActivityFailure, logEvent, type Dimensions, type Level } from '../../src/log.ts';

const logged = (dimensions: Dimensions, level?: Level): { level: string; event: Record<string, unknown> } => {
  let seen: { level: string; line: string } | undefined;
  const to = (name: string) => (line: string) => void (seen = { level: name, line });
  logEvent({ log: to('information'), warn: to('warning'), error: to('error') }, 'lab.step', dimensions, level);
  return { level: seen?.level ?? '', event: JSON.parse(seen?.line ?? '') as Record<string, unknown> };
};

describe('an event', () => {
  it('is one line of JSON that begins with its name, which the queries look for', () => {
    let line = '';
    const logger = { log: (it: string) => void (line = it), warn: () => undefined, error: () => undefined };
    logEvent(logger, 'lab.step', { reason: 'two\nlines', labId: 'one' });
    expect(line.startsWith('{"event":"lab.step"')).toBe(true);
    expect(line).not.toContain('\n');
  });

  it('stays JSON when a redaction might reach from one field into the next', () => {
    const { event } = logged({ subject: 'https://127.0.0.1:4000', owner: 'someone@example.org', region: 'eastus2' });
    expect(event).toMatchObject({ subject: 'https://127.0.0.1:4000', owner: 'someone@example.org', region: 'eastus2' });
  });

  it('keeps the id of a run, and hides a key of the same shape', () => {
    const hex = '0123456789abcdef0123456789abcdef';
    const { event } = logged({ runId: hex, reason: `api-key: ${hex}`, finish: [`Bearer ${hex}`] });
    expect(event).toEqual({
      event: 'lab.step',
      runId: hex,
      reason: 'api-key: [redacted]',
      finish: ['Bearer [redacted]'],
    });
  });

  it.each(['information', 'warning', 'error'] as const)('of level %s goes out at that level', (level) => {
    expect(logged({}, level).level).toBe(level);
  });
});

describe('a failed activity', () => {
  it('is told with its lab, its try, the code of the service and its request id, and not with its input', () => {
    let line = '';
    const logger = { log: () => undefined, warn: (it: string) => void (line = it), error: () => undefined };
    const error = Object.assign(new Error('arm: PUT … 500 InternalServerError'), {
      code: 'InternalServerError',
      status: 500,
      requestId: 'r-1',
    });
    const lab = { id: 'one', owner: 'me' };
    logActivityFailure(logger, 'ensureAccount', { lab, attempt: 2, region: 'eastus2', secret: 'x' }, error, 12);
    expect(JSON.parse(line)).toEqual({
      event: 'activity.failed',
      labId: 'one',
      owner: 'me',
      region: 'eastus2',
      attempt: 2,
      durationMs: 12,
      subject: 'ensureAccount',
      reason: 'InternalServerError',
      status: 500,
      requestId: 'r-1',
      message: 'arm: PUT … 500 InternalServerError',
    });
  });
});
