import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, safeMessage } from '../../src/lab/redact.ts';

// Made up on the spot, so that no scanner takes this file for a leak.
const hex32 = '0123456789abcdef'.repeat(2);
const key84 = `${'Ab3'.repeat(17)}xJQQJ99${'Cd4'.repeat(8)}Ef`.slice(0, 84).padEnd(84, 'Q');
const jwt = ['eyJhbGciOiJSUzI1NiJ9', 'eyJhdWQiOiJodHRwczovL3gifQ', 'c2lnbmF0dXJlc2lnbmF0dXJl'].join('.');

const secrets: [what: string, text: string, secret: string][] = [
  ['bearer token', `Authorization: Bearer ${jwt}`, jwt],
  ['opaque bearer token', 'authorization: bearer abcdefghijklmnop.qrst', 'abcdefghijklmnop'],
  ['basic credentials', 'Authorization: Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
  ['token in JSON', `{"access_token":"${jwt}","expires_on":"1"}`, jwt],
  ['bare JWT', `token ${jwt} was refused`, jwt],
  ['JWT cut short', 'got eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL3gifQ', 'eyJhdWQi'],
  ['api-key header', `api-key: ${hex32}`, hex32],
  ['api-key header as JSON', `{"api-key":"${hex32}"}`, hex32],
  ['escaped JSON', `{\\"api_key\\":\\"${hex32}\\"}`, hex32],
  ['environment variable', `AZURE_OPENAI_API_KEY=${key84}`, key84],
  ['keys of an account', `{"key1":"${hex32}","key2":"${key84}"}`, hex32],
  ['second key of an account', `{"key1":"${hex32}","key2":"${key84}"}`, key84],
  ['bare key of 32', `Access denied for ${hex32}.`, hex32],
  ['bare key of 84', `wrong key ${key84}, sorry`, key84],
  ['Databricks token', `dapi${hex32}-2 is no good`, hex32],
  [
    'SAS',
    'https://x.blob.core.windows.net/c/b?sv=2024-11-04&se=2026-01-01T00%3A00%3A00Z&sr=b&sig=a%2Bb%3D',
    'a%2Bb%3D',
  ],
  [
    'signed operation URL',
    'https://management.azure.com/x/operationResults/1?api-version=2017-04-18&t=638&c=MIIH&s=Zm9v&h=YmFy',
    'MIIH',
  ],
  ['signed operation URL, hash', 'https://management.azure.com/x?api-version=1&t=638&c=MIIH&s=Zm9v&h=YmFy', 'YmFy'],
  ['HTML-escaped URL', 'https://h/x?a=1&amp;sig=secretsecret', 'secretsecret'],
  ['JSON-escaped URL', '{"u":"https://h/x?a=1\\u0026sig=secretsecret"}', 'secretsecret'],
  ['function key', 'https://app.azurewebsites.net/api/labs?code=abcDEF123==', 'abcDEF123'],
  [
    'storage connection string',
    'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=Zm9vYmFy+/==;EndpointSuffix=core.windows.net',
    'Zm9vYmFy',
  ],
  ['service bus connection string', 'Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0', 'c2VjcmV0'],
  ['identity header', 'X-IDENTITY-HEADER: 853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a', '853b9a84'],
  ['second Databricks token', `X-Databricks-Azure-SP-Management-Token: ${jwt}`, jwt],
  ['body of secrets/put', `{"scope":"s","key":"k","string_value":"p4ssw0rd!"}`, 'p4ssw0rd'],
  ['password in a URL', 'https://user:hunter22@host/path', 'hunter22'],
];

const ordinary: string[] = [
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-lab-a-0a1b2c3d/providers/Microsoft.CognitiveServices/accounts/aoai-a-0a1b2c3d-1',
  `run ${hex32} finished`,
  `{"runId":"${hex32}","traceId":"tr-${hex32}"}`,
  `trace tr-${hex32}`,
  `dbfs:/databricks/mlflow-tracking/123/${hex32}/artifacts`,
  `https://adb-1.2.azuredatabricks.net/ml/experiments/1/runs/${hex32}?o=1`,
  `run_id=${hex32}`,
  'https://management.azure.com/subscriptions/x?api-version=2025-04-01',
  'Standard_D4ds_v5 needs quota standardDDSv5Family in eastus2: 4 of 10',
  'x-ms-request-id: 5f0b6c8e-0000-4000-8000-000000000000',
  'OpenAI.Standard.gpt-35-turbo: limit 30; tokens used: 55; completion_tokens=55',
  'the key of the matter is a secret scope named llmops-a',
  `sha256:${'ab'.repeat(32)}`,
];

describe('redact', () => {
  it.each(secrets)('removes a secret: %s', (_what, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each(secrets)('is idempotent: %s', (_what, text) => {
    expect(redact(redact(text))).toBe(redact(text));
  });

  it.each(ordinary)('leaves ordinary text alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is idempotent on any text around any secret', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...secrets.map(([, text]) => text), '?', '&', '"', 'Bearer ', 'sig=', ': '),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const once = redact(pieces.join(''));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('takes linear time on long texts without secrets', () => {
    const long = `${'a'.repeat(200_000)} ${'key='.repeat(20_000)} ${'://x:'.repeat(20_000)}`;
    expect(redact(long).length).toBeGreaterThan(200_000);
  });

  it('makes a message one short line', () => {
    expect(safeMessage('a\n  b\tc ')).toBe('a b c');
    expect(safeMessage('x'.repeat(600))).toHaveLength(500);
    expect(safeMessage(`api-key: ${hex32}`)).toBe('api-key: [redacted]');
  });
});
