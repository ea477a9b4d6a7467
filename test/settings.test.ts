import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSettings, SETTING_NAMES } from '../src/settings.ts';

const good = { LAB_INSTALLATION: 'my-lab', LAB_SUBSCRIPTION_ID: '11111111-2222-3333-4444-555555555555' };

describe('settings', () => {
  it('need an installation and a subscription, and have a default for the rest', () => {
    expect(parseSettings(good)).toMatchObject({
      installation: 'my-lab',
      leaseMinutes: 90,
      armEndpoint: 'https://management.azure.com',
      sweepDryRun: false,
    });
  });

  it('name every bad one when the app starts, and say of a missing one that it is missing', () => {
    expect(() => parseSettings({})).toThrow(
      /^Bad app settings: LAB_INSTALLATION is missing; LAB_SUBSCRIPTION_ID is missing\. Set what is missing as an app setting/,
    );
    expect(() => parseSettings({ LAB_SUBSCRIPTION_ID: 'x', LAB_LEASE_MINUTES: '5' })).toThrow(
      /LAB_INSTALLATION.*LAB_SUBSCRIPTION_ID.*LAB_LEASE_MINUTES/s,
    );
  });

  it('take an empty value for one that is not set, as the example file has it', () => {
    expect(
      parseSettings({ ...good, AZURE_CLIENT_ID: '', LAB_ALLOWED_SUBSCRIPTION_IDS: '' }).allowedSubscriptionIds,
    ).toEqual([good.LAB_SUBSCRIPTION_ID]);
  });

  it('refuse an endpoint that is not https: tokens would travel in the clear', () => {
    expect(() => parseSettings({ ...good, ARM_ENDPOINT: 'http://127.0.0.1:1' })).toThrow('ARM_ENDPOINT');
  });

  it('refuse a sovereign cloud by name: its tokens and its portal are others', () => {
    for (const endpoint of ['https://management.usgovcloudapi.net/', 'https://management.chinacloudapi.cn'])
      expect(() => parseSettings({ ...good, ARM_ENDPOINT: endpoint })).toThrow(/ARM_ENDPOINT .*sovereign cloud/);
  });

  it('are all in the example file, and the example file has no others', () => {
    const example = JSON.parse(readFileSync('local.settings.example.json', 'utf8')) as {
      Values: Record<string, string>;
    };
    const platform = ['FUNCTIONS_WORKER_RUNTIME', 'AzureWebJobsStorage'];
    expect(
      Object.keys(example.Values)
        .filter((it) => !platform.includes(it))
        .sort(),
    ).toEqual([...SETTING_NAMES].sort());
  });
});
