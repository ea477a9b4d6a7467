"""The official Python clients drive the local cloud through create, read, list and delete, as they would drive Azure: nothing in here knows that it is local
but the address of ARM, which Azure's national clouds change in the same way. Each step prints one line of JSON; the suite reads them.
"""

import base64
import json
import os
import sys
import time
import traceback

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.identity import ManagedIdentityCredential
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
from azure.mgmt.databricks import AzureDatabricksManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.credentials_provider import CredentialsStrategy
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service import compute, jobs, workspace as files
from openai import AuthenticationError, AzureOpenAI, NotFoundError

ARM = os.environ["ARM_ENDPOINT"]
SUBSCRIPTION = os.environ["LAB_SUBSCRIPTION_ID"]
GROUP, ACCOUNT, WORKSPACE = "rg-stranger", "aoai-stranger", "dbw-stranger"
API_VERSION = "2025-04-01-preview"
MESSAGES = [{"role": "user", "content": "Tell me a joke about animals."}]

credential = ManagedIdentityCredential()
settings = {
    "base_url": ARM,
    "credential_scopes": ["https://management.azure.com/.default"],
    "polling_interval": 0.2,
    "retry_total": 0,
}
resources = ResourceManagementClient(credential, SUBSCRIPTION, **settings)
cognitive = CognitiveServicesManagementClient(credential, SUBSCRIPTION, **settings)
databricks = AzureDatabricksManagementClient(credential, SUBSCRIPTION, **settings)
made = {}


def refused(kind, call):
    """What `call` raises, which must be a `kind`."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def until(call, kinds):
    """The first answer that is none of the errors `kinds`: what Azure takes its time for after it said yes."""
    for _ in range(150):
        try:
            return call()
        except kinds:
            time.sleep(0.2)
    return call()


def groups():
    resources.resource_groups.create_or_update(GROUP, {"location": "eastus2", "tags": {"who": "stranger"}})
    assert resources.resource_groups.get(GROUP).tags == {"who": "stranger"}
    assert GROUP in [it.name for it in resources.resource_groups.list()]
    missing = refused(ResourceNotFoundError, lambda: resources.resource_groups.get("rg-none"))
    assert missing.error.code == "ResourceGroupNotFound"


def accounts():
    body = {
        "location": "eastus2",
        "kind": "OpenAI",
        "sku": {"name": "S0"},
        "properties": {"customSubDomainName": ACCOUNT, "publicNetworkAccess": "Enabled"},
    }
    account = cognitive.accounts.begin_create(GROUP, ACCOUNT, body).result()
    assert account.properties.provisioning_state == "Succeeded"
    made["account"] = account
    assert cognitive.accounts.get(GROUP, ACCOUNT).id == account.id
    assert [it.name for it in cognitive.accounts.list_by_resource_group(GROUP)] == [ACCOUNT]
    made["key"] = cognitive.accounts.list_keys(GROUP, ACCOUNT).key1
    assert len(list(cognitive.usages.list("eastus2"))) > 0
    assert "gpt-5.1" in [it.model.name for it in cognitive.models.list("eastus2")]


def deployments():
    body = {
        "sku": {"name": "GlobalStandard", "capacity": 50},
        "properties": {"model": {"format": "OpenAI", "name": "gpt-5.1", "version": "2025-11-13"}},
    }
    made_one = cognitive.deployments.begin_create_or_update(GROUP, ACCOUNT, "chat", body).result()
    assert made_one.properties.provisioning_state == "Succeeded"
    assert cognitive.deployments.get(GROUP, ACCOUNT, "chat").properties.model.name == "gpt-5.1"
    assert [it.name for it in cognitive.deployments.list(GROUP, ACCOUNT)] == ["chat"]


def chat_client(**how):
    return AzureOpenAI(
        azure_endpoint=made["account"].properties.endpoint, api_version=API_VERSION, max_retries=0, **how
    )


def chat_by_key():
    client = chat_client(api_key=made["key"])
    ask = lambda: client.chat.completions.create(model="chat", messages=MESSAGES)
    answer = until(ask, (NotFoundError,))
    assert answer.choices[0].message.content and answer.usage.completion_tokens > 0
    stream = client.chat.completions.create(
        model="chat", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(it.choices[0].delta.content or "" for it in chunks if it.choices)
    assert text and chunks[-1].usage.completion_tokens > 0
    error = refused(AuthenticationError, lambda: chat_client(api_key="wrong").chat.completions.create(model="chat", messages=MESSAGES))
    assert error.code == "401"


def chat_by_token():
    provider = lambda: credential.get_token("https://cognitiveservices.azure.com/.default").token
    client = chat_client(azure_ad_token_provider=provider)
    ask = lambda: client.chat.completions.create(model="chat", messages=MESSAGES)
    assert until(ask, (AuthenticationError,)).choices[0].message.content
    other = lambda: credential.get_token("https://management.azure.com/.default").token
    refused(AuthenticationError, lambda: chat_client(azure_ad_token_provider=other).chat.completions.create(model="chat", messages=MESSAGES))


def workspaces():
    body = {
        "location": "eastus2",
        "sku": {"name": "premium"},
        "properties": {
            "computeMode": "Hybrid",
            "managedResourceGroupId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-stranger-managed",
        },
    }
    workspace = databricks.workspaces.begin_create_or_update(GROUP, WORKSPACE, body).result()
    assert workspace.properties.provisioning_state == "Succeeded"
    made["workspace"] = workspace
    assert databricks.workspaces.get(GROUP, WORKSPACE).properties.workspace_url == workspace.properties.workspace_url
    assert [it.name for it in databricks.workspaces.list_by_resource_group(GROUP)] == [WORKSPACE]
    assert WORKSPACE in [it.name for it in databricks.workspaces.list_by_subscription()]


class Enrolling(CredentialsStrategy):
    """A service principal that the workspace has not met: https://learn.microsoft.com/azure/databricks/dev-tools/service-prin-aad-token"""

    def auth_type(self):
        return "entra"

    def __call__(self, config):
        def headers():
            return {
                "Authorization": "Bearer " + credential.get_token("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default").token,
                "X-Databricks-Azure-SP-Management-Token": credential.get_token("https://management.core.windows.net//.default").token,
                "X-Databricks-Azure-Workspace-Resource-Id": made["workspace"].id,
            }

        return headers


def enrolment():
    host = "https://" + made["workspace"].properties.workspace_url
    client = WorkspaceClient(host=host, credentials_strategy=Enrolling())
    made["client"] = client
    made["me"] = until(lambda: client.current_user.me(), (DatabricksError,)).user_name
    assert made["me"]
    stranger = WorkspaceClient(host=host, token="dapi-wrong", auth_type="pat")
    refused(DatabricksError, lambda: stranger.current_user.me())


def clusters():
    w = made["client"]
    latest = until(lambda: w.clusters.select_spark_version(latest=True, ml=True, beta=False), (DatabricksError,))
    assert "-ml-" in latest and "Standard_D4ds_v5" in [it.node_type_id for it in w.clusters.list_node_types().node_types]
    cluster = w.clusters.create(
        spark_version="19.x-cpu-ml-scala2.13",
        cluster_name="stranger's cluster",
        node_type_id="Standard_D4ds_v5",
        num_workers=0,
        autotermination_minutes=20,
        data_security_mode=compute.DataSecurityMode.SINGLE_USER,
        spark_conf={"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*, 4]"},
        custom_tags={"ResourceClass": "SingleNode"},
    ).result()
    assert cluster.state == compute.State.RUNNING
    made["cluster"] = cluster.cluster_id
    assert w.clusters.get(cluster.cluster_id).cluster_name == "stranger's cluster"
    assert [it.cluster_id for it in w.clusters.list()] == [cluster.cluster_id]
    assert refused(DatabricksError, lambda: w.clusters.get("none")).error_code == "INVALID_PARAMETER_VALUE"


def files_and_secrets():
    w = made["client"]
    path = f"/Users/{made['me']}/hello"
    source = "# Databricks notebook source\ndbutils.notebook.exit(dbutils.widgets.get('name'))\n"
    w.workspace.import_(
        path,
        format=files.ImportFormat.SOURCE,
        language=files.Language.PYTHON,
        content=base64.b64encode(source.encode()).decode(),
        overwrite=True,
    )
    assert w.workspace.get_status(path).object_type == files.ObjectType.NOTEBOOK
    assert base64.b64decode(w.workspace.export(path, format=files.ExportFormat.SOURCE).content).decode() == source
    assert path in [it.path for it in w.workspace.list(f"/Users/{made['me']}")]
    made["notebook"] = path
    w.secrets.create_scope("stranger")
    w.secrets.put_secret("stranger", "key", string_value="hidden")
    assert [it.key for it in w.secrets.list_secrets("stranger")] == ["key"]
    assert [it.name for it in w.secrets.list_scopes()] == ["stranger"]
    w.secrets.delete_secret("stranger", "key")
    w.secrets.delete_scope("stranger")
    assert list(w.secrets.list_scopes()) == []


def experiments():
    w = made["client"]
    made_one = w.experiments.create_experiment(name=f"/Users/{made['me']}/experiment")
    run = w.experiments.create_run(experiment_id=made_one.experiment_id, start_time=1).run
    w.experiments.log_param("completion_tokens", "14", run_id=run.info.run_id)
    assert w.experiments.get_run(run_id=run.info.run_id).run.data.params[0].value == "14"
    assert [it.info.run_id for it in w.experiments.search_runs(experiment_ids=[made_one.experiment_id])] == [run.info.run_id]
    assert len(list(w.experiments.list_experiments(max_results=10))) == 1
    w.experiments.delete_experiment(made_one.experiment_id)


def notebook_jobs():
    w = made["client"]
    task = jobs.SubmitTask(
        task_key="one",
        existing_cluster_id=made["cluster"],
        notebook_task=jobs.NotebookTask(notebook_path=made["notebook"], base_parameters={"name": "stranger"}),
    )
    run = w.jobs.submit(run_name="stranger's", tasks=[task]).result()
    assert run.state.result_state == jobs.RunResultState.SUCCESS
    assert w.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == "stranger"
    assert run.run_id in [it.run_id for it in w.jobs.list_runs()]


def workspace_cleanup():
    w = made["client"]
    w.workspace.delete(made["notebook"])
    w.clusters.delete(made["cluster"]).result()
    w.clusters.permanent_delete(made["cluster"])
    assert list(w.clusters.list()) == []


def removal():
    # Without force the data of its default catalog stays.
    databricks.workspaces.begin_delete(GROUP, WORKSPACE, force_deletion=True).result()
    refused(ResourceNotFoundError, lambda: databricks.workspaces.get(GROUP, WORKSPACE))
    cognitive.deployments.begin_delete(GROUP, ACCOUNT, "chat").result()
    until(lambda: cognitive.accounts.begin_delete(GROUP, ACCOUNT).result(), (HttpResponseError,))
    assert ACCOUNT in [it.name for it in cognitive.deleted_accounts.list()]
    cognitive.deleted_accounts.begin_purge("eastus2", GROUP, ACCOUNT).result()
    assert ACCOUNT not in [it.name for it in cognitive.deleted_accounts.list()]
    resources.resource_groups.begin_delete(GROUP).result()
    refused(ResourceNotFoundError, lambda: resources.resource_groups.get(GROUP))


def tls_and_tokens():
    wrong = {**settings, "credential_scopes": ["https://cognitiveservices.azure.com/.default"]}
    other = ResourceManagementClient(credential, SUBSCRIPTION, **wrong)
    error = refused(HttpResponseError, lambda: list(other.resource_groups.list()))
    assert error.status_code == 401
    # Without the local authority nothing is trusted.
    doubter = ResourceManagementClient(credential, SUBSCRIPTION, connection_verify=True, **settings)
    authorities = os.environ.pop("REQUESTS_CA_BUNDLE")
    try:
        failed = refused(ServiceRequestError, lambda: list(doubter.resource_groups.list()))
    finally:
        os.environ["REQUESTS_CA_BUNDLE"] = authorities
    assert "CERTIFICATE_VERIFY_FAILED" in str(failed)


STEPS = [
    groups, accounts, deployments, chat_by_key, chat_by_token, workspaces, enrolment, clusters, files_and_secrets, experiments,
    notebook_jobs, workspace_cleanup, removal, tls_and_tokens,
]  # fmt: skip

for step in STEPS:
    started = time.perf_counter()
    try:
        step()
        error = None
    except BaseException:
        error = traceback.format_exc()
    seconds = round(time.perf_counter() - started, 2)
    print(json.dumps({"step": step.__name__, "error": error, "seconds": seconds}), flush=True)
    if error:
        sys.exit(1)
