// The certificate of the local endpoints: made once per data folder, valid for 127.0.0.1 and localhost, its key readable by its owner only.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { wallNow } from '../../clock.ts';

type Certificate = { key: string; cert: string };

const DAY_MS = 86_400_000;
let inMemory: Promise<Certificate> | undefined;

/** The folder's certificate, made if it has none. Without a folder: one per process. */
export async function loadCertificate(folder: string | undefined): Promise<Certificate & { certFile?: string }> {
  if (folder === undefined) return (inMemory ??= makeCertificate());
  const keyFile = join(folder, 'local-cloud.key');
  const certFile = join(folder, 'local-cloud.pem');
  if (existsSync(keyFile) && existsSync(certFile)) {
    const known = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
    if (isSound(known)) return { ...known, certFile };
  }
  mkdirSync(folder, { recursive: true });
  const made = await makeCertificate();
  writeFileSync(keyFile, made.key, { mode: 0o600 });
  writeFileSync(certFile, made.cert);
  return { ...made, certFile };
}

/** A damaged one is made anew: nobody keeps anything that it has signed. */
function isSound(known: Certificate): boolean {
  try {
    tls.createSecureContext(known);
    return true;
  } catch {
    return false;
  }
}

/** Trusts `pem` in this thread, beside the authorities that are trusted already. For a host process and for test workers. */
export function trustCa(pem: string): void {
  const trusted = tls.getCACertificates('default');
  if (!trusted.includes(pem)) tls.setDefaultCACertificates([...trusted, pem]);
}

async function makeCertificate(): Promise<Certificate> {
  // Two clouds' certificates in one file are told apart by their subjects: a verifier that finds the wrong one first calls the other untrusted.
  const subject = `LLMOps lab local cloud ${randomBytes(8).toString('hex')}`;
  const made = await generate([{ name: 'commonName', value: subject }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // Real dates: TLS judges a certificate by the machine's clock, whatever the lab's clock says.
    notBeforeDate: new Date(wallNow() - DAY_MS),
    notAfterDate: new Date(wallNow() + 3_650 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
