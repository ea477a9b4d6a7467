// Workspace API 2.0: folders, notebooks and files. https://docs.databricks.com/api/azure/workspace/workspace
//
// Invariants
// F1  Paths are kept without the `/Workspace` prefix, under which the same tree is seen.
// F2  Nothing exists without its parent folder; `mkdirs` alone makes parents.
import { gatedRoutes, type WorkspaceCall } from './gate.ts';
import type { Node } from './records.ts';
import { deleteShape, importShape, mkdirsShape } from './request-shapes.ts';
import { databricksOf, keyOf, newNode, rowsOf } from './tables.ts';
import { bodyOf, failure, invalid, ok, optionalText, queryOf, refuse, textOf } from './wire.ts';
import type { Route } from '../core/router.ts';
import type { CloudState } from '../core/state.ts';

const MAX_NOTEBOOK_BYTES = 10 * 1024 * 1024;
const HEADER = '# Databricks notebook source';

/** A path as the tree keeps it: absolute, no `/Workspace` prefix, no slash at the end. */
export function treePath(path: string): string {
  if (!path.startsWith('/')) return invalid(`Path (${path}) must be absolute`);
  const bare = path.replace(/^\/Workspace(?=\/|$)/, '').replace(/\/+$/, '');
  return bare === '' ? '/' : bare;
}

export const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** The thing at `path`, if there is one. */
export const nodeAt = (state: CloudState, workspaceId: string, path: string): Node | undefined =>
  databricksOf(state).nodes.get(keyOf(workspaceId, path));

export function treeRoutes(state: CloudState, onDeleted: (workspaceId: string, node: Node) => void): Route[] {
  const { nodes } = databricksOf(state);
  const put = (call: WorkspaceCall, node: Node): void => {
    nodes.put(keyOf(call.workspace.workspaceId, node.path), node);
  };
  const at = (call: WorkspaceCall, path: string): Node | undefined => nodeAt(state, call.workspace.workspaceId, path);
  const find = (call: WorkspaceCall, path: string): Node =>
    at(call, path) ?? refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Path (${path}) doesn't exist.`);
  const below = (call: WorkspaceCall, path: string): Node[] =>
    rowsOf(nodes, call.workspace.workspaceId).filter((node) => node.path.startsWith(path === '/' ? '/' : `${path}/`));

  const mkdirs = (call: WorkspaceCall) => {
    const path = treePath(textOf(bodyOf(call), 'path'));
    const steps = path.split('/').slice(1);
    for (let length = 1; length <= steps.length; length += 1) {
      const step = `/${steps.slice(0, length).join('/')}`;
      const found = at(call, step);
      if (found === undefined) put(call, newNode(step, 'DIRECTORY', state.now(), call.member.userName));
      else if (found.type !== 'DIRECTORY') {
        refuse(400, 'RESOURCE_ALREADY_EXISTS', `Cannot create directory ${path} because ${step} is not a directory.`);
      }
    }
    return ok();
  };

  const importNode = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const format = optionalText(body, 'format') ?? 'SOURCE';
    const encoded = optionalText(body, 'content') ?? '';
    // The words are assumed.
    if (!/^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/.test(encoded))
      refuse(400, 'MALFORMED_REQUEST', 'Could not parse request object: content is not base64-encoded');
    const content = Buffer.from(encoded, 'base64');
    if (content.length > MAX_NOTEBOOK_BYTES) {
      refuse(400, 'MAX_NOTEBOOK_SIZE_EXCEEDED', 'File size imported is over the 10 MB limit');
    }
    const source = content.toString();
    const isNotebook = format === 'SOURCE' || (format === 'AUTO' && source.startsWith(HEADER));
    if (format !== 'SOURCE' && format !== 'AUTO')
      invalid(`The local cloud imports SOURCE and AUTO only, not ${format}`);
    const language = optionalText(body, 'language');
    if (format === 'SOURCE' && language === undefined) invalid('Missing required field: language');
    const given = treePath(textOf(body, 'path'));
    const path = format === 'AUTO' && isNotebook ? given.replace(/\.py$/, '') : given;
    const parent = at(call, parentOf(path));
    if (parent?.type !== 'DIRECTORY') {
      refuse(404, 'RESOURCE_DOES_NOT_EXIST', `The parent folder (${parentOf(path)}) does not exist.`);
    }
    const former = at(call, path);
    if (former !== undefined && body.overwrite !== true) {
      // A notebook that exists is refused without an error code, a file with a conflict.
      return former.type === 'NOTEBOOK'
        ? { status: 400, json: { error_code: '', message: `${path} already exists.` } }
        : failure(409, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) already exists.`);
    }
    const type = isNotebook ? 'NOTEBOOK' : 'FILE';
    if (former !== undefined && former.type !== type) invalid(`Cannot overwrite ${path} with a different type`);
    put(call, {
      ...(former ?? newNode(path, type, state.now(), call.member.userName)),
      ...(isNotebook ? { language: language ?? 'PYTHON' } : {}),
      content: source,
      modifiedAt: state.now(),
    });
    return ok();
  };

  const exportNode = (call: WorkspaceCall) => {
    const node = find(call, treePath(queryOf(call, 'path')));
    if (node.content === undefined) invalid(`${node.path} cannot be exported`);
    if (call.query.get('direct_download') === 'true') {
      return { status: 200, headers: { 'content-type': 'text/plain' }, text: node.content ?? '' };
    }
    return ok({ content: Buffer.from(node.content ?? '').toString('base64'), file_type: 'py' });
  };

  const getStatus = (call: WorkspaceCall) => ok(view(find(call, treePath(queryOf(call, 'path')))));

  const list = (call: WorkspaceCall) => {
    const node = find(call, treePath(queryOf(call, 'path')));
    const rows =
      node.type === 'DIRECTORY'
        ? below(call, node.path).filter((it) => it.path !== '/' && parentOf(it.path) === node.path)
        : [node];
    return ok(rows.length === 0 ? {} : { objects: rows.map(view) });
  };

  const remove = (call: WorkspaceCall) => {
    const body = bodyOf(call);
    const node = find(call, treePath(textOf(body, 'path')));
    if (node.path === '/') invalid('The root folder cannot be deleted');
    const inside = node.type === 'DIRECTORY' ? below(call, node.path) : [];
    if (inside.length > 0 && body.recursive !== true) {
      refuse(400, 'DIRECTORY_NOT_EMPTY', `Folder ${node.path} is not empty`);
    }
    for (const gone of [...inside, node]) {
      nodes.delete(keyOf(call.workspace.workspaceId, gone.path));
      onDeleted(call.workspace.workspaceId, gone);
    }
    return ok();
  };

  return gatedRoutes(state, [
    ['POST /api/2.0/workspace/mkdirs', mkdirs, mkdirsShape],
    ['POST /api/2.0/workspace/import', importNode, importShape],
    ['GET /api/2.0/workspace/export', exportNode],
    ['GET /api/2.0/workspace/get-status', getStatus],
    ['GET /api/2.0/workspace/list', list],
    ['POST /api/2.0/workspace/delete', remove, deleteShape],
  ]);
}

const view = (node: Node) => ({
  object_id: node.objectId,
  object_type: node.type,
  path: node.path,
  resource_id: String(node.objectId),
  ...(node.language === undefined ? {} : { language: node.language }),
  created_at: node.createdAt,
  modified_at: node.modifiedAt,
});
