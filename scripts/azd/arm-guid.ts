/** `guid()` of templates: what Azure computes there, a hook can compute again. */
import { createHash } from 'node:crypto';

/** The namespace that Azure Resource Manager uses. Checked against the compiler's own evaluation in `test/infra/compile.test.ts`. */
const NAMESPACE = Buffer.from('11fb06fb712d4ddd98c7e71bbd588830', 'hex');

/**
 * A name-based UUID (RFC 9562, version 5) of the arguments, joined by hyphens.
 * https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-string#guid
 */
export function armGuid(...parts: string[]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(parts.join('-')).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
