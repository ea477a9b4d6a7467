/** Names of the tags that every resource of ours carries, and of the environment they bind it to. Tag values hold at most 256 characters. */
export const TAGS = {
  /** Which installation of this app made it. Nothing without this installation's value is ever touched. */
  installation: 'llmops-installation',
  lab: 'llmops-lab',
  owner: 'llmops-owner',
  /** When the lab was started, ISO time: two labs of one id at different times are told apart by it. */
  started: 'llmops-started',
  /** Only when the request named a group: the group that the resources are in. */
  resourceGroup: 'llmops-resource-group',
  /** On the lab's group only: absolute time after which the sweep may end the lab, ISO. */
  lease: 'llmops-lease',
  /** On the lab's group only: what the request brought, into which the app puts things that it takes out again (see `placement/borrowed.ts`). */
  borrowedAccount: 'llmops-borrowed-account',
  borrowedWorkspace: 'llmops-borrowed-workspace',
  /** Over all of the above and the id of what carries them (see `tag-signature.ts`). */
  signature: 'llmops-signature',
  /** On the lab's group only: the operator's signed request to end the lab. */
  end: 'llmops-end',
} as const;

export type Tags = Readonly<Record<string, string>>;

/** Azure compares the names of tags without regard to case. */
export const tagOf = (tags: Tags, name: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
