/**
 * Documents behind signed URLs, where Databricks keeps trace data. The URL is the permission: no other credential is sent, and it appears in no error.
 * Shapes as in MLflow's own client: https://github.com/mlflow/mlflow/tree/master/libs/typescript/core/src/clients/artifacts
 */
import type { HttpMethods } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { textOfPage } from '../http-policy.ts';
import { createPipeline } from '../pipeline.ts';
import type { Said } from '../service-error.ts';

export const signedLocation = z.object({
  type: z.string(),
  signed_uri: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});
export type SignedLocation = z.infer<typeof signedLocation>;

export type SignedStorage = {
  write: (to: SignedLocation, document: string) => Promise<void>;
  /** @throws ServiceError `too-large` beyond so many bytes */
  read: (from: SignedLocation, maxBytes: number) => Promise<string>;
};

export function createSignedStorage(timeoutMs: number): SignedStorage {
  const sendRequest = createPipeline({ service: 'storage', timeoutMs, read: readStorageError });

  const send = (
    method: HttpMethods,
    { headers }: SignedLocation,
    url: string,
    more: Record<string, string>,
    body?: string,
    maxBytes?: number,
  ): Promise<string> => {
    const all = { ...Object.fromEntries((headers ?? []).map((it) => [it.name, it.value])), ...more };
    return sendRequest({
      url,
      method,
      headers: all,
      ...(body === undefined ? {} : { body }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
  };
  const json = { 'content-type': 'application/json' };

  return {
    write: async (to, document) => {
      const url = to.signed_uri;
      if (to.type === 'AZURE_ADLS_GEN2_SAS_URI') {
        // https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/update
        await send('PUT', to, `${url}&resource=file`, { 'content-length': '0' });
        await send(
          'PATCH',
          to,
          `${url}&action=append&position=0`,
          { 'content-type': 'application/octet-stream' },
          document,
        );
        await send('PATCH', to, `${url}&action=flush&position=${Buffer.byteLength(document)}`, {
          'content-length': '0',
        });
      } else {
        await send(
          'PUT',
          to,
          url,
          to.type === 'AZURE_SAS_URI' ? { ...json, 'x-ms-blob-type': 'BlockBlob' } : json,
          document,
        );
      }
    },
    read: (from, maxBytes) => send('GET', from, from.signed_uri, {}, undefined, maxBytes),
  };
}

/** `<Error><Code>…</Code><Message>…</Message></Error>` */
function readStorageError(body: string, status: number): Said {
  const part = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)`).exec(body)?.[1];
  return { code: part('Code') ?? `http-${status}`, message: part('Message') ?? (textOfPage(body) || `HTTP ${status}`) };
}
