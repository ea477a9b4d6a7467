// What Python asks of the cluster that stands behind it, and what each answer costs in lab time.
import { databricksOf, decimals, keyOf } from '../databricks/tables.ts';
import { secretOf } from '../databricks/secrets.ts';
import { nodeAt, treePath } from '../databricks/tree.ts';
import type { Question } from './interpreter.ts';
import { DURATIONS, newestVersionOf, type Process } from './process.ts';
import { mlflowOf } from '../mlflow/records.ts';

export function createAnswers(process: Process): (question: Question) => Promise<object> {
  const { state, job } = process;
  const { workspaceId } = job.workspace;

  /** `pip install …`; what is there already stays as it is, unless an upgrade is asked for. */
  const pip = async (commandLine: string): Promise<object> => {
    const words = commandLine.match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replaceAll(/^["']|["']$/g, '')) ?? [];
    if (words[0] !== 'install') return { status: 1, output: `pip ${words[0] ?? ''} is not simulated` };
    const isUpgrade = words.includes('-U') || words.includes('--upgrade');
    let isChanged = false;
    for (const requirement of words.slice(1)) {
      if (requirement.startsWith('-')) continue;
      const name = requirement.split(/[\s<>=!~[;]/, 1)[0] ?? requirement;
      if (databricksOf(state).knobs.unknownPackages.includes(name)) {
        const output = `ERROR: Could not find a version that satisfies the requirement ${name} (from versions: none)`;
        return { status: 1, output };
      }
      const newest = newestVersionOf(name);
      const isWanted = process.packages[name] === undefined || (isUpgrade && process.packages[name] !== newest);
      if (isWanted) process.packages[name] = newest;
      isChanged ||= isWanted;
    }
    await process.usually(isChanged ? DURATIONS.install : DURATIONS.installSatisfied);
    return { status: 0, output: '', packages: process.packages };
  };

  const call = async (
    url: string,
    headers: Record<string, string>,
    body: string,
    timeoutMs: number,
  ): Promise<object> => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
      text = await response.text();
    } catch {
      return {};
    }
    // What the service says it took is what passed for the caller.
    await process.wait(Number(response.headers.get('openai-processing-ms') ?? 0));
    return { status: response.status, headers: Object.fromEntries(response.headers), text };
  };

  // A notebook's own experiment has the notebook's path and id, and is made when something is first logged to it.
  const notebookExperiment = (): string => {
    const name = treePath(job.task.notebookPath);
    const id = String(nodeAt(state, workspaceId, name)?.objectId ?? decimals(15));
    const { experiments } = mlflowOf(state);
    if (experiments.get(keyOf(workspaceId, id)) !== undefined) return id;
    const at = process.now();
    experiments.put(keyOf(workspaceId, id), {
      ...{ id, workspaceId, name, stage: 'active', createdAt: at, updatedAt: at },
      artifactLocation: `dbfs:/databricks/mlflow-tracking/${id}`,
      tags: { 'mlflow.experimentType': 'NOTEBOOK', 'mlflow.experiment.sourceName': name },
    });
    return id;
  };

  return async (question) => {
    process.check();
    switch (question.ask) {
      case 'cell':
        await process.usually(DURATIONS.cell);
        return {};
      case 'sleep':
        await process.wait(question.seconds * 1_000);
        return {};
      case 'secret': {
        const value = secretOf(state, workspaceId, question.scope, question.key);
        return value === undefined ? {} : { value };
      }
      case 'pip':
        return pip(question.arguments);
      case 'notebook-experiment':
        return { id: notebookExperiment() };
      case 'workspace': {
        const { method, path, query, body } = question;
        const reply = await process.request(method, path, { query: query ?? {}, body: body ?? undefined });
        return { status: reply.status, json: reply.json ?? null };
      }
      case 'http':
        return call(question.url, question.headers, question.body, question.timeoutMs);
      case 'upload':
        await process.upload(question.url, question.content);
        return {};
    }
  };
}
