// Route templates: which of several wins, and what the parameters hold.
import { expect, it } from 'vitest';
import { createRouter, type Route } from '../../../../local/cloud/core/router.ts';

const route = (template: string, method: Route['method'] = 'GET'): Route => ({
  method,
  template,
  handler: () => ({ status: 200 }),
});
const router = createRouter(
  [
    route('/s/{s}/resourceGroups/{g}/providers/{ns}/{type}/{name}'),
    route('/s/{s}/resourceGroups/{g}/providers/Microsoft.CognitiveServices/accounts/{name}'),
    route('/files/{path*}'),
    route('/files/{name}/meta'),
  ],
  { ignoreCase: true },
);

it('prefers a literal to a parameter, and a parameter to a tail', () => {
  expect(
    router('GET', '/s/1/resourcegroups/RG/providers/microsoft.cognitiveservices/accounts/A')?.route.template,
  ).toContain('/accounts/{name}');
  expect(
    router('GET', '/s/1/resourceGroups/RG/providers/Microsoft.Storage/storageAccounts/A')?.route.template,
  ).toContain('{type}');
  expect(router('GET', '/files/a/meta')?.route.template).toBe('/files/{name}/meta');
  expect(router('GET', '/files/a/b/c')?.params).toEqual({ path: 'a/b/c' });
});

it('keeps the case of parameters and decodes them', () => {
  expect(router('GET', '//s/1/RESOURCEGROUPS/My%20RG/providers/N/t/x')?.params).toMatchObject({ g: 'My RG', ns: 'N' });
});

it('knows neither other methods nor longer paths', () => {
  expect(router('PUT', '/files/a/meta')).toBeUndefined();
  expect(router('GET', '/s/1/resourceGroups/RG')).toBeUndefined();
});
