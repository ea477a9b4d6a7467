import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own folder: where host.json is. */
export const PROJECT_DIR = dirname(dirname(fileURLToPath(import.meta.url)));
