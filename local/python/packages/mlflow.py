"""The `mlflow` package of the simulated kernel: experiments, the active run, its params, metrics and tags, and autologging of OpenAI.

Everything goes through the workspace's MLflow API. https://mlflow.org/docs/latest/api_reference/python_api/mlflow.html
"""

import atexit
import base64
import datetime
import functools
import json
import secrets
import sys
import time
import types

from simulated import ask, job, refuse

MAJOR, MINOR = (int(part) for part in __version__.split(".")[:2])
PREVIEW = 1000
METADATA = 250

active_runs = []
experiment_id = None


class MlflowException(Exception):
    def __init__(self, message, error_code="INTERNAL_ERROR"):
        super().__init__(message)
        self.message = message
        self.error_code = error_code


class RestException(MlflowException):
    pass


class Entity(types.SimpleNamespace):
    pass


class Experiment(Entity):
    pass


class RunInfo(Entity):
    pass


class ActiveRun(Entity):
    def __enter__(self):
        return self

    def __exit__(self, error_type, error, trace):
        end_run("FINISHED" if error_type is None else "FAILED")
        return False


def now_ms():
    return time.time_ns() // 1_000_000


def call(method, path, query=None, body=None):
    answer = ask({"ask": "workspace", "method": method, "path": path, "query": query, "body": body})
    fields = answer["json"] or {}
    if answer["status"] == 200:
        return fields
    code = fields.get("error_code")
    raise RestException(f"{code}: {fields.get('message')}", code)


def api(method, path, **what):
    return call(method, f"/api/2.0/mlflow/{path}", **what)


def set_tracking_uri(uri):
    pass


def get_tracking_uri():
    return "databricks"


def set_experiment(experiment_name=None, experiment_id=None):
    if experiment_id is not None:
        found = api("GET", "experiments/get", query={"experiment_id": experiment_id})["experiment"]
    else:
        found = experiment_by_name(experiment_name)
    if found is None:
        found = {"experiment_id": api("POST", "experiments/create", body={"name": experiment_name})["experiment_id"], "name": experiment_name}
    elif found.get("lifecycle_stage") == "deleted":
        raise MlflowException(
            f"Cannot set a deleted experiment '{experiment_name}' as the active experiment. You can restore the experiment, or permanently delete the experiment to create a new one."
        )
    globals()["experiment_id"] = found["experiment_id"]
    return Experiment(experiment_id=found["experiment_id"], name=found["name"], lifecycle_stage="active")


def experiment_by_name(name):
    try:
        return api("GET", "experiments/get-by-name", query={"experiment_name": name})["experiment"]
    except RestException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise


def current_experiment():
    """Without `set_experiment`, a notebook logs to its own experiment, which has the notebook's path and id."""
    global experiment_id
    if experiment_id is None:
        experiment_id = ask({"ask": "notebook-experiment"})["id"]
    return experiment_id


def start_run(run_id=None, experiment_id=None, run_name=None, nested=False, tags=None, description=None):
    if run_id is not None or description is not None:
        refuse("mlflow.start_run with run_id or description")
    if active_runs and not nested:
        raise Exception(
            f"Run with UUID {active_runs[-1].info.run_id} is already active. To start a new run, first end the current run with mlflow.end_run(). To start a nested run, call start_run with nested=True"
        )
    body = {
        "experiment_id": experiment_id or current_experiment(),
        "start_time": now_ms(),
        "user_id": job["context"]["mlflow.user"],
        "tags": [{"key": key, "value": str(value)} for key, value in {**job["context"], **(tags or {})}.items()],
    }
    if run_name is not None:
        body["run_name"] = run_name
    info = api("POST", "runs/create", body=body)["run"]["info"]
    run = ActiveRun(
        info=RunInfo(
            run_id=info["run_id"],
            run_uuid=info["run_id"],
            experiment_id=body["experiment_id"],
            run_name=info["run_name"],
            status="RUNNING",
        )
    )
    active_runs.append(run)
    return run


def end_run(status="FINISHED"):
    if active_runs:
        run = active_runs.pop()
        api("POST", "runs/update", body={"run_id": run.info.run_id, "status": status, "end_time": now_ms()})


def active_run():
    return active_runs[-1] if active_runs else None


def run_to_log_to():
    """Logging without a run begins one."""
    return (active_run() or start_run()).info.run_id


def log_param(key, value):
    api("POST", "runs/log-parameter", body={"run_id": run_to_log_to(), "key": key, "value": str(value)})
    return value


def log_params(params):
    for key, value in params.items():
        log_param(key, value)


def log_metric(key, value, step=None):
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise MlflowException(
            f"Got invalid value {value} for metric '{key}' (timestamp={now_ms()}). Please specify value as a valid double (64-bit floating point)"
        ) from None
    body = {"run_id": run_to_log_to(), "key": key, "value": number, "timestamp": now_ms(), "step": step or 0}
    api("POST", "runs/log-metric", body=body)


def log_metrics(metrics, step=None):
    for key, value in metrics.items():
        log_metric(key, value, step)


def set_tag(key, value):
    api("POST", "runs/set-tag", body={"run_id": run_to_log_to(), "key": key, "value": str(value)})


def set_tags(tags):
    for key, value in tags.items():
        set_tag(key, value)


@atexit.register
def end_all_runs():
    while active_runs:
        end_run()


def autolog(disable=False, exclusive=False, disable_for_unsupported_versions=False, silent=False, log_traces=True):
    """Wraps the client's call, so that each becomes a trace. https://github.com/mlflow/mlflow/blob/master/mlflow/openai/autolog.py"""
    from openai import Completions, OpenAIError

    create = getattr(Completions.create, "__wrapped__", Completions.create)

    @functools.wraps(create)
    def traced_create(self, **inputs):
        started = now_ms()
        try:
            result = create(self, **inputs)
        except OpenAIError as error:
            log_trace(inputs, started, None, error)
            raise
        log_trace(inputs, started, result.model_dump(), None)
        return result

    Completions.create = create if disable or not log_traces else traced_create


def log_trace(inputs, started, result, error):
    """As in MLflow, a failure to log is a warning and never fails the notebook."""
    ended = now_ms()
    trace_id = secrets.token_hex(16)
    try:
        call("POST", "/api/3.0/mlflow/traces", body={"trace": {"trace_info": trace_info(trace_id, inputs, started, ended, result, error)}})
        credential = api("GET", f"traces/tr-{trace_id}/credentials-for-data-upload")["credential_info"]
        ask({"ask": "upload", "url": credential["signed_uri"], "content": trace_data(trace_id, inputs, started, ended, result, error)})
    except (RestException, KeyError) as failure:
        print(f"WARNING mlflow.tracing.export: Failed to log trace to MLflow backend: {failure}", file=sys.stderr)


def trace_info(trace_id, inputs, started, ended, result, error):
    usage = usage_of(result)
    run = active_run()
    metadata = {
        **job["context"],
        "mlflow.trace_schema.version": "3" if MAJOR >= 3 else "2",
        "mlflow.traceInputs": cut(dumps(inputs)),
        "mlflow.traceOutputs": "" if result is None else cut(dumps(result)),
    }
    if run is not None:
        metadata["mlflow.sourceRun"] = run.info.run_id
    if MAJOR >= 3:
        metadata["mlflow.trace.sizeStats"] = dumps({"total_size_bytes": len(dumps(result)), "num_spans": 1})
        if usage is not None:
            metadata["mlflow.trace.tokenUsage"] = dumps(usage)
    at = datetime.datetime.fromtimestamp(started / 1000, datetime.UTC)
    return {
        "trace_id": f"tr-{trace_id}",
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": current_experiment() if run is None else run.info.experiment_id},
        },
        "request_preview": last_user_message(inputs)[:PREVIEW],
        "response_preview": answer_of(result)[:PREVIEW],
        "request_time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "execution_duration": f"{(ended - started) / 1000:.3f}s",
        "state": "OK" if error is None else "ERROR",
        "trace_metadata": metadata,
        "tags": {"mlflow.traceName": "Completions"},
    }


def trace_data(trace_id, inputs, started, ended, result, error):
    """`traces.json`: one span; attribute values are JSON strings, ids base64, times nanoseconds."""
    usage = usage_of(result)
    attributes = {
        "mlflow.traceRequestId": f"tr-{trace_id}",
        "mlflow.spanType": "CHAT_MODEL",
        "mlflow.spanInputs": inputs,
        **{name: value for name, value in inputs.items() if name != "messages"},
        "mlflow.message.format": "openai",
        "mlflow.llm.model": inputs["model"],
    }
    if usage is not None:
        attributes["mlflow.chat.tokenUsage"] = usage
    if result is not None:
        attributes["mlflow.spanOutputs"] = result
    name = type(error).__name__
    exception = {
        "name": "exception",
        "time_unix_nano": ended * 1_000_000,
        "attributes": {
            "exception.message": str(error),
            "exception.type": name,
            "exception.stacktrace": f"openai.{name}: {error}",
        },
    }
    span = {
        "trace_id": base64.b64encode(bytes.fromhex(trace_id)).decode(),
        "span_id": base64.b64encode(secrets.token_bytes(8)).decode(),
        "parent_span_id": None,
        "name": "Completions",
        "start_time_unix_nano": started * 1_000_000,
        "end_time_unix_nano": ended * 1_000_000,
        "events": [] if error is None else [exception],
        "status": {"code": f"STATUS_CODE_{'OK' if error is None else 'ERROR'}", "message": ""},
        "attributes": {name: dumps(value) for name, value in attributes.items()},
    }
    return dumps({"spans": [span]})


def dumps(value):
    return json.dumps(value, ensure_ascii=False)


def cut(text):
    return text if len(text) <= METADATA else f"{text[: METADATA - 3]}..."


def usage_of(result):
    usage = (result or {}).get("usage")
    if usage is None:
        return None
    return {
        "input_tokens": usage["prompt_tokens"],
        "output_tokens": usage["completion_tokens"],
        "total_tokens": usage["total_tokens"],
    }


def last_user_message(inputs):
    contents = [message.get("content") for message in inputs["messages"] if message.get("role") == "user"]
    return contents[-1] if contents and isinstance(contents[-1], str) else ""


def answer_of(result):
    choices = (result or {}).get("choices") or [{}]
    return choices[0].get("message", {}).get("content") or ""


def submodule(name, **content):
    module = types.ModuleType(f"mlflow.{name}")
    vars(module).update(content)
    sys.modules[module.__name__] = module
    return module


exceptions = submodule("exceptions", MlflowException=MlflowException, RestException=RestException)
# Before 2.14 the module is there and knows no autologging.
openai = submodule("openai", **({"autolog": autolog} if (MAJOR, MINOR) >= (2, 14) else {}))
del autolog
if MAJOR >= 3:

    def flush_trace_async_logging(terminate=False):
        pass


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(f"module 'mlflow' has no attribute '{name}'")
    refuse(f"mlflow.{name}")
