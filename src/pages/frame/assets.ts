/** The style sheet, the script and the icon: the same for everybody, named by their content, and so kept by browsers for good. They hold no data. */
import { createHash } from 'node:crypto';
import { LIVE_SCRIPT } from './live-script.ts';
import { STYLE } from '../style/style.ts';

export type Asset = { path: string; integrity: string; type: string; text: string };

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#1d2b4f"/><g transform="translate(3 3) scale(.75)" fill="none" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path stroke="#fff" d="M9 3h6M10 3v6.2L4.9 17.6A2.2 2.2 0 0 0 6.8 21h10.4a2.2 2.2 0 0 0 1.9-3.4L14 9.2V3"/><path stroke="#3ddbc5" d="M7.4 15.2c1.6-1 3-1 4.6 0s3 1 4.6 0"/></g></svg>`;

const asset = (name: string, extension: string, type: string, text: string): Asset => {
  const digest = createHash('sha384').update(text).digest();
  return {
    path: `/api/assets/${name}-${digest.toString('hex').slice(0, 12)}.${extension}`,
    integrity: `sha384-${digest.toString('base64')}`,
    type,
    text,
  };
};

export const ASSETS = {
  style: asset('pages', 'css', 'text/css; charset=utf-8', STYLE),
  script: asset('live', 'js', 'text/javascript; charset=utf-8', LIVE_SCRIPT),
  icon: asset('icon', 'svg', 'image/svg+xml; charset=utf-8', ICON),
} as const;

export const findAsset = (file: string): Asset | undefined =>
  Object.values(ASSETS).find((it) => it.path === `/api/assets/${file}`);
