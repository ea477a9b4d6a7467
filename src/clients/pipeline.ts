/** The pipeline that plain HTTP calls to one family of services go through: no retries, no redirects, one timeout, one error type. */
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type HttpMethods,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline';
import { NO_RETRIES, servicePolicy, type PolicyOptions } from './http-policy.ts';
import { ServiceError } from './service-error.ts';

export type ServiceRequest = {
  method: HttpMethods;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** The most of the answer that is read; {@link MOST_BYTES} where not given. */
  maxBytes?: number;
};

/** Lists of Azure and of a workspace come in pages far below. */
export const MOST_BYTES = 32 * 1024 * 1024;

/** Sends a request; answers with the text of a success. @throws ServiceError for everything else. */
export type Send = (request: ServiceRequest) => Promise<string>;

/** `authentication`: adds the credentials, inside the policy that turns failures into ServiceErrors. */
export function createPipeline({
  authentication,
  ...options
}: PolicyOptions & { authentication?: PipelinePolicy }): Send {
  const http = createDefaultHttpClient();
  const pipeline = createPipelineFromOptions(NO_RETRIES);
  if (authentication !== undefined) pipeline.addPolicy(authentication, { phase: 'Sign' });
  pipeline.addPolicy(servicePolicy(options));
  return async ({ method, url, headers = {}, body, maxBytes = MOST_BYTES }) => {
    const request = createPipelineRequest({
      method,
      url,
      headers: createHttpHeaders(headers),
      ...(body === undefined ? {} : { body }),
    });
    return (await pipeline.sendRequest(limited(http, maxBytes, options.service), request)).bodyAsText ?? '';
  };
}

/** A client that stops to read where an answer is larger than it may be, however it was compressed. */
const limited = (http: HttpClient, maxBytes: number, service: string): HttpClient => ({
  sendRequest: async (request) => {
    request.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY]);
    const response = await http.sendRequest(request);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.readableStreamBody ?? []) {
      const part = Buffer.from(chunk);
      bytes += part.byteLength;
      // Leaving the loop ends the connection.
      if (bytes > maxBytes)
        throw new ServiceError({
          service,
          method: request.method,
          url: request.url,
          status: response.status,
          code: 'too-large',
          message: `The answer is larger than ${maxBytes} bytes.`,
        });
      chunks.push(part);
    }
    return { ...response, bodyAsText: Buffer.concat(chunks).toString('utf8') };
  },
});
