/** The pipeline that plain HTTP calls to one family of services go through: no retries, no redirects, one timeout, one error type. */
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpMethods,
  type PipelinePolicy,
} from '@azure/core-rest-pipeline';
import { NO_RETRIES, servicePolicy, type PolicyOptions } from './http-policy.ts';

export type ServiceRequest = {
  method: HttpMethods;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
};

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
  return async ({ method, url, headers = {}, body }) => {
    const request = createPipelineRequest({
      method,
      url,
      headers: createHttpHeaders(headers),
      ...(body === undefined ? {} : { body }),
    });
    return (await pipeline.sendRequest(http, request)).bodyAsText ?? '';
  };
}
