/** Headers that every answer carries, page or data. */

/** For every answer. No header of CORS is among them: pages of other sites read nothing here. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // Browsers heed it over https only. https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Strict-Transport-Security
  'strict-transport-security': 'max-age=31536000',
};
