import type { Kernel } from './databricks-run-life.ts';
import type { Route } from './router.ts';
import type { CloudState } from './state.ts';

export const createKernel = (state: CloudState, _routes: readonly Route[]): Kernel => ({
  run: () =>
    Promise.resolve({
      outcome: {
        kind: 'failed',
        code: 'DRIVER_ERROR',
        type: 'INTERNAL_ERROR',
        message: 'no kernel',
        error: 'no kernel',
        trace: '',
      },
      endedAt: state.now(),
    }),
  forget: () => undefined,
  stop: () => undefined,
});
