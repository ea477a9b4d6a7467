import type { ExtensionParts } from '../../local/extension/parts.ts';

const { LAB_EXTENSION_HOST: host, LAB_EXTENSION_AZURITE: azurite, LAB_EXTENSION_MISSING: reason } = process.env;

/** The extension's parts, or why they are missing: `npm run test:extension` has looked. */
export const PARTS: ExtensionParts =
  host !== undefined && azurite !== undefined
    ? { kind: 'ready', host, azurite }
    : { kind: 'unavailable', reason: reason ?? 'run it as npm run test:extension' };
