/** Both sides together: the notebook's credential in a secret scope, one experiment for the app's runs and the notebook's, and read access for people. */
import { ServiceError } from '../../clients/service-error.ts';
import { LLMOPS_TAGS } from '../../clients/mlflow/write-trace.ts';
import type { Activities } from '../../contracts/activities.ts';
import { workspaceItemName } from '../../lab/names.ts';
import { done, pending } from '../../lab/outcome.ts';
import { answer, saysExists, verdictOf } from '../outcome-of-error.ts';
import type { Deps } from '../deps.ts';
import { parseArmId } from '../../lab/arm-ids.ts';

export const SECRET_KEY = 'azure-openai';

export const connectionActivities = ({ clients }: Deps): Pick<Activities, 'connectWorkspace'> => ({
  connectWorkspace: ({ lab, workspace, account, notebook, keepExperiment }) =>
    answer(async () => {
      const { subscriptionId, group, name } = parseArmId(account.id);
      const arm = clients.arm(subscriptionId);
      const databricks = clients.databricks(workspace);
      const found = await arm.account(group, name);
      if (found === undefined) return pending('the account is not readable yet');

      const scope = workspaceItemName(lab);
      await databricks.createSecretScope(scope).catch((error: unknown) => {
        if (!saysExists(error)) throw error;
      });
      // Key or token live in this activity only; neither is in what it answers.
      const key = found.disableLocalAuth ? undefined : await keyOf(arm.accountKey(account.id));
      await databricks.putSecret(scope, SECRET_KEY, key ?? (await clients.openaiToken()));

      // What is kept lies beside the folder, which goes.
      const experimentPath = `${notebook.folder}${keepExperiment === true ? '-' : '/llmops-lab-'}experiment`;
      const experimentId = await clients
        .mlflow(workspace)
        .ensureExperiment(experimentPath, { [LLMOPS_TAGS.lab]: lab.id });
      const warnings = [
        ...(await shared('the folder', async () =>
          databricks.letUsersRead('directories', (await databricks.objectAt(notebook.folder)).id),
        )),
        ...(await shared('the experiment', () => databricks.letUsersRead('experiments', experimentId))),
      ];
      const credential = key === undefined ? ('entra-token' as const) : ('key' as const);
      return done({ scope, credential, experimentId, experimentPath, ...(warnings.length === 0 ? {} : { warnings }) });
    }),
});

/** Undefined where the account gives no keys: a policy can switch them off at any time. */
const keyOf = (key: Promise<string>): Promise<string | undefined> =>
  key.catch((error: unknown) => {
    if (
      error instanceof ServiceError &&
      /disableLocalAuth|local auth\w* is disabled|key based authentication is disabled|AuthenticationTypeDisabled/i.test(
        `${error.code} ${error.said}`,
      )
    )
      return undefined;
    throw error;
  });

/** People's read access is a convenience: a refusal is told and does not fail the lab. */
async function shared(what: string, grant: () => Promise<void>): Promise<string[]> {
  try {
    await grant();
    return [];
  } catch (error: unknown) {
    if (!(error instanceof ServiceError) || verdictOf(error).kind !== 'problem') throw error;
    return [`Users of the workspace may not read ${what}: ${error.said}`.slice(0, 200)];
  }
}
