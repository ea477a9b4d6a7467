/** What a teardown would remove now, and what it would leave, told from an inventory: nothing is changed by asking. */
import type { Contents, Inventory, LeftOver } from './inventory.ts';
import type { LabRef } from './names.ts';
import { BLIND_SPOTS } from './report.ts';

/** Of what the lab made, and somebody has made theirs. */
export const DISOWNED = "it does not carry this lab's tags any more";

export type RemovalPreview = {
  /** ISO time of the reading. */
  at: string;
  wouldGo: { what: string; id: string }[];
  wouldStay: { id: string; why: string }[];
  /** What the reading cannot see. */
  blindTo: readonly string[];
};

export function previewOf(lab: LabRef, { at, left, foreign, disowned = [], borrowed }: Inventory): RemovalPreview {
  const group = left.find((it) => it.kind === 'group');
  const groupStays = group !== undefined && foreign.length > 0;
  const given = lab.resourceGroup.toLowerCase() !== lab.group.toLowerCase();
  return {
    at,
    wouldGo: left.filter((it) => !(groupStays && it === group)).flatMap(linesOf),
    wouldStay: [
      ...foreign.map(({ id }) => ({ id, why: "it is in the lab's group, and the app did not make it" })),
      ...disowned
        .filter((id) => !foreign.some((it) => it.id.toLowerCase() === id.toLowerCase()))
        .map((id) => ({ id, why: DISOWNED })),
      ...(groupStays ? [{ id: group.id, why: 'it holds what is not ours; the app takes its own tags off' }] : []),
      ...borrowed.map((id) => ({ id, why: 'the request brought it' })),
      ...(given
        ? [
            {
              id: `/subscriptions/${lab.subscriptionId}/resourceGroups/${lab.resourceGroup}`,
              why: 'the request named it',
            },
          ]
        : []),
    ],
    blindTo: BLIND_SPOTS,
  };
}

function linesOf(item: LeftOver): RemovalPreview['wouldGo'] {
  switch (item.kind) {
    case 'workspace':
      return [
        { what: 'workspace, with its clusters', id: item.id },
        ...(item.managedGroupId === null ? [] : [{ what: 'managed group', id: item.managedGroupId }]),
      ];
    case 'managed-group':
      return [{ what: 'managed group', id: item.id }];
    case 'account':
      return [{ what: 'account, with its deployments', id: item.id }];
    case 'deleted-account':
      return [{ what: 'soft-deleted account', id: item.id }];
    case 'group':
      return [{ what: 'group', id: item.id }];
    case 'borrowed-account':
      return item.deployments.map((name) => ({ what: 'deployment', id: `${item.id}/deployments/${name}` }));
    case 'borrowed-workspace':
      return contentsOf(item.contents).map(([what, name]) => ({ what, id: `${item.id}/${name}` }));
  }
}

const contentsOf = ({ runs, clusters, scopes, folders }: Contents): [string, string][] => [
  ...runs.map((it): [string, string] => ['job run', String(it)]),
  ...clusters.map((it): [string, string] => ['cluster', it]),
  ...scopes.map((it): [string, string] => ['secret scope', it]),
  ...folders.map((it): [string, string] => ['folder', it.replace(/^\//, '')]),
];
