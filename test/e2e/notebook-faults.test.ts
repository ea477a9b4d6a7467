import { describe, expect, it } from 'vitest';
import { databricksOf } from '../../local/cloud/databricks/tables.ts';
import { useWorld } from './world.ts';

const world = useWorld();

/** Builds a lab until its notebook is imported, changes what was imported, and lets it go on to its end. */
async function withNotebook(change: (source: string) => string) {
  const id = await world.start({});
  await world.until(id, (view) => view.steps.some((it) => it.name === 'notebook' && it.state === 'done'));
  const { nodes } = databricksOf(world.rig.cloud.state);
  const found = [...nodes.entries()].find(([, node]) => node.type === 'NOTEBOOK');
  if (found === undefined) throw new Error('no notebook was imported');
  const [key, node] = found;
  const changed = change(node.content ?? '');
  expect(changed, 'the change found its place in the notebook').not.toBe(node.content);
  nodes.put(key, { ...node, content: changed });
  const view = await world.ended(id);
  expect(world.left()).toEqual([]);
  expect(view.report?.outcome).toBe('failed');
  return view;
}

describe('a notebook that is not the lab’s', () => {
  it('without log_param fails the verification, which names the missing parameter', async () => {
    const view = await withNotebook((source) => source.replace(/^\s*mlflow\.log_param\(.*\n/m, ''));
    expect(view.problem?.message).toMatch(/completion_tokens/);
    expect(view.problem?.code).toMatch(/^l14-/);
    expect(view.steps.find((it) => it.name === 'notebook-verification')?.state).toBe('failed');
    expect(view.steps.find((it) => it.name === 'app-verification')?.state).toBe('done');
  });

  it('without autolog fails the verification, which says that there is no trace', async () => {
    const view = await withNotebook((source) => source.replace(/^mlflow\.openai\.autolog\(\)\n/m, ''));
    expect(view.problem?.code).toMatch(/^l14-/);
    expect(view.problem?.message).toMatch(/trace/);
  });

  it('with a wrong deployment name fails the run, with the service’s own word for it', async () => {
    const view = await withNotebook((source) =>
      source.replace('model=dbutils.widgets.get("deployment")', 'model="no-such-deployment"'),
    );
    expect(view.steps.find((it) => it.name === 'notebook-completion')?.state).toBe('failed');
    expect(view.problem?.message).toMatch(/DeploymentNotFound|does not exist/);
  });

  it('with a wrong secret fails the run, and says which secret', async () => {
    const view = await withNotebook((source) =>
      source.replace('key=dbutils.widgets.get("secret_key")', 'key="no-such-key"'),
    );
    expect(view.steps.find((it) => it.name === 'notebook-completion')?.state).toBe('failed');
    expect(view.problem?.message).toMatch(/secret/i);
  });
});
