// Strangers to this project hold the local cloud to what Azure promised them: Microsoft's, Databricks' and OpenAI's own Python clients, over TLS, with tokens
// of the managed identity, in one process that works its way from an empty subscription to an empty subscription.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock, type Clock } from '../../local/clock.ts';
import { trustCa } from '../../local/cloud/core/certificate.ts';
import { startCloud, type Cloud } from '../../local/cloud/cloud.ts';

const python = process.env.LAB_CLIENTS_PYTHON;
const missing = process.env.LAB_CLIENTS_MISSING ?? 'run "npm run test:clients"';
const TIMEOUT_MS = 300_000;
/** Lab seconds in a real one: a workspace is made in a second. */
const SPEED = 200;

const STEPS = [
  ['groups', 'resource groups are made, read and listed (azure-mgmt-resource)'],
  [
    'accounts',
    'an account is made, read, listed, and gives its keys, usages and models (azure-mgmt-cognitiveservices)',
  ],
  ['deployments', 'a model is deployed, read and listed (azure-mgmt-cognitiveservices)'],
  ['chat_by_key', 'a chat is answered to a key, whole and as a stream, and refused to another (openai)'],
  ['chat_by_token', 'a chat is answered to a token, and not to one of another audience (openai)'],
  ['workspaces', 'a workspace is made, read and listed (azure-mgmt-databricks)'],
  ['enrolment', 'a service principal enrols, and a wrong token does not (databricks-sdk)'],
  ['clusters', 'a cluster is chosen, made, awaited, read and listed (databricks-sdk)'],
  ['files_and_secrets', 'a notebook is imported, exported and listed; scopes and secrets come and go (databricks-sdk)'],
  ['experiments', 'experiments and runs are made, read, searched and deleted (databricks-sdk)'],
  ['notebook_jobs', 'a notebook runs as a job and gives its result (databricks-sdk)'],
  ['workspace_cleanup', 'notebook and cluster are deleted (databricks-sdk)'],
  ['removal', 'workspace, deployment, account, its soft-deleted rest and the group are deleted, and then gone'],
  ['tls_and_tokens', 'a token of another audience and an unknown authority are refused'],
] as const;

describe.skipIf(python === undefined)(
  `the official Python clients${python === undefined ? ` (skipped: ${missing})` : ''}`,
  () => {
    let clock: Clock;
    let cloud: Cloud;
    const said = new Map<string, { error: string | null; seconds: number }>();
    let rest = '';

    beforeAll(async () => {
      clock = createClock({ kind: 'scaled', speed: SPEED });
      clock.install();
      cloud = await startCloud({ clock });
      trustCa(cloud.caPem);
      const folder = mkdtempSync(join(tmpdir(), 'llmops-lab-strangers-'));
      const authorities = join(folder, 'authorities.pem');
      writeFileSync(authorities, tls.getCACertificates('default').join('\n'));
      const child = spawn(python ?? '', [fileURLToPath(new URL('strangers.py', import.meta.url))], {
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          PYTHONDONTWRITEBYTECODE: '1',
          SSL_CERT_FILE: authorities,
          REQUESTS_CA_BUNDLE: authorities,
          ...cloud.settings(),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (rest += text));
      await once(child, 'close');
      rmSync(folder, { recursive: true, force: true });
      for (const line of output.split('\n').filter((it) => it.startsWith('{'))) {
        const { step, ...more } = JSON.parse(line) as { step: string; error: string | null; seconds: number };
        said.set(step, more);
      }
    }, TIMEOUT_MS);
    afterAll(async () => {
      await cloud.close();
      clock.restore();
    });

    it.each(STEPS)('%s: %s', (step) => {
      expect(said.get(step)?.error, said.has(step) ? '' : `not reached\n${rest}`).toBeNull();
    });

    it('met no route that the local cloud lacks', () => {
      expect(cloud.unknownRoutes).toEqual([]);
    });

    it('left nothing behind', () => {
      expect(cloud.inventory().filter((it) => it.origin !== 'bystander')).toEqual([]);
    });
  },
);
