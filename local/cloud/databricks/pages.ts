/** Where a person's browser arrives who follows a link into a workspace: in words what stands there in Azure, since there is no user interface here. */
import type { Reply, Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';
import { workspaceByOrigin } from '../arm/tables.ts';

/** The front page, which also shows jobs and their runs (`/?o=…#job/…`), and the pages of machine learning. No credential is asked for. */
export const pageRoutes = (state: CloudState): Route[] =>
  ['/', '/ml/{page*}'].map((template) => ({
    method: 'GET',
    template,
    handler: ({ origin, path }) => page(workspaceByOrigin(state, origin)?.name ?? 'The workspace', path),
  }));

function page(workspace: string, path: string): Reply {
  const plain = (text: string): string => text.replace(/[^\w/.-]/g, '');
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${plain(workspace)} (local cloud)</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>This is the local cloud</h1>
<p>In Azure the workspace <strong>${plain(workspace)}</strong> opens here, at <code>${plain(path)}</code>. On this machine it has its API only: nothing of it is on Azure, and nothing is billed.</p>
<p>What a lab has logged is on the app's own pages: its report, its traces, its drift.</p>`;
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, text };
}
