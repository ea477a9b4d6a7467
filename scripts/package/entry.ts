/**
 * The entry of the packaged app: what has to happen before its first module is read.
 *
 * Node keeps what it has compiled in a folder of the machine, so that a worker that starts again on the same instance compiles nothing. Called from here and not
 * set as NODE_COMPILE_CACHE, because an instance that was kept warm runs its worker before the app's settings reach it.
 * https://nodejs.org/api/module.html#module-compile-cache
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('../../src/index.ts');
