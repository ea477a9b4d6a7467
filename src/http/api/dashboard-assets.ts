/** GET /api/assets/{file}: the pages' style sheet, script and icon. Anonymous, since they are the same for everybody and a browser sends no key for them. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { SECURITY_HEADERS } from '../../pages/frame/security-headers.ts';
import { problem } from '../responses.ts';

export async function assets(request: HttpRequest): Promise<HttpResponseInit> {
  const { findAsset } = await import('../../pages/frame/assets.ts');
  const found = findAsset(request.params['file'] ?? '');
  if (found === undefined) return problem({ status: 404, code: 'no-such-file', title: 'There is no such file' });
  return {
    status: 200,
    headers: {
      ...SECURITY_HEADERS,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      // Its name changes with its content.
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': found.type,
    },
    body: found.text,
  };
}
