"""The real client of MLflow at work. It runs the seed lab's own lines (autolog, a run, a chat completion, a parameter), and then reads an experiment.

Arguments: the experiment to write to, the deployment, and the experiment to read ("" for none). The last line of standard output is the result as JSON.
"""

import json
import sys

import mlflow
from openai import AzureOpenAI

to, deployment, source = sys.argv[1:]

client = AzureOpenAI()
mlflow.set_experiment(to)
mlflow.openai.autolog()
with mlflow.start_run() as run:
    response = client.chat.completions.create(
        model=deployment,
        messages=[
            {"role": "system", "content": "Assistant is a large language model trained by OpenAI."},
            {"role": "user", "content": "Tell me a joke about animals."},
        ],
    )
    mlflow.log_param("completion_tokens", response.usage.completion_tokens)
mlflow.end_run()
# Since 3.0 traces leave in the background.
if hasattr(mlflow, "flush_trace_async_logging"):
    mlflow.flush_trace_async_logging()


def read(name):
    ids = [mlflow.get_experiment_by_name(name).experiment_id]
    runs = mlflow.search_runs(ids, output_format="list")
    table = mlflow.search_traces(locations=ids)
    traces = mlflow.search_traces(locations=ids, return_type="list")
    return {
        "rows": len(table),
        "runs": [
            {"id": it.info.run_id, "status": it.info.status, "params": it.data.params, "metrics": it.data.metrics}
            for it in runs
        ],
        "traces": [
            {
                "sourceRun": it.info.request_metadata.get("mlflow.sourceRun"),
                "state": it.info.state.value,
                "usage": it.info.token_usage,
                "spans": [
                    {
                        "name": span.name,
                        "type": span.span_type,
                        "status": span.status.status_code.value,
                        "parent": span.parent_id,
                        "inputs": span.inputs,
                        "outputs": span.outputs,
                    }
                    for span in it.data.spans
                ],
            }
            for it in traces
        ],
    }


print(
    "\n"
    + json.dumps(
        {
            "runId": run.info.run_id,
            "experimentId": run.info.experiment_id,
            "completionTokens": response.usage.completion_tokens,
            "read": read(source) if source else None,
        }
    )
)
