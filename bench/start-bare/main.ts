/** Started as the packaged app is. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./index.ts');
