# Databricks notebook source
# MAGIC %md
# MAGIC # LLMOps with Azure Databricks: one chat completion, logged and traced
# MAGIC
# MAGIC This notebook asks a model in Azure OpenAI for an answer and lets MLflow write down what happened: a *run* with a parameter,
# MAGIC and a *trace* with everything that went to the model and came back.
# MAGIC
# MAGIC Run it cell by cell on a cluster with an ML runtime, or as a job. The boxes at the top (widgets) are its parameters; a job fills them in.
# MAGIC The model's credential is not among them: it is read from a Databricks secret scope, so that it appears neither here nor on the page of the job run.

# COMMAND ----------

# MAGIC %md
# MAGIC ## 1. Libraries
# MAGIC `%pip` installs the OpenAI client for this notebook only. If the cluster has it already, nothing changes.

# COMMAND ----------

# MAGIC %pip install openai

# COMMAND ----------

# An ML runtime brings its own MLflow. Releases before 2.21 (runtimes up to 15.4) trace OpenAI calls partly or not at all, so such an MLflow is replaced
# before Python restarts. On a current runtime this cell only prints the version.
import subprocess
import sys

import mlflow

if tuple(int(part) for part in mlflow.__version__.split(".")[:2]) < (2, 21):
    print(f"MLflow {mlflow.__version__} is too old to trace OpenAI calls: upgrading it for this notebook.")
    subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "mlflow>=3.1,<4"])
else:
    print(f"MLflow {mlflow.__version__} traces OpenAI calls.")

# COMMAND ----------

# MAGIC %md
# MAGIC Python must restart before it sees new packages. A restart forgets every variable and import; widgets keep their values.

# COMMAND ----------

# MAGIC %restart_python

# COMMAND ----------

# MAGIC %md
# MAGIC ## 2. Connection to Azure OpenAI
# MAGIC The parameters first. The texts given here are what you see when you open the notebook by hand; a job's parameters take their place.

# COMMAND ----------

dbutils.widgets.text("endpoint", "https://<your-account>.openai.azure.com/")
dbutils.widgets.text("api_version", "2024-10-21")
dbutils.widgets.text("deployment", "gpt-35-turbo")
dbutils.widgets.text("secret_scope", "llmops-lab")
dbutils.widgets.text("secret_key", "azure-openai")
dbutils.widgets.text("credential", "key")
dbutils.widgets.text("experiment", "")
dbutils.widgets.text("system_prompt", "Assistant is a large language model trained by OpenAI.")
dbutils.widgets.text("user_prompt", "Tell me a joke about animals.")

# COMMAND ----------

# MAGIC %md
# MAGIC The OpenAI client reads its connection from environment variables. The credential is either an API key of the account (`key`) or, where keys are
# MAGIC switched off, a short-lived Microsoft Entra token (`entra-token`). Databricks hides a secret's value if a cell tries to print it.

# COMMAND ----------

import os

secret = dbutils.secrets.get(scope=dbutils.widgets.get("secret_scope"), key=dbutils.widgets.get("secret_key"))

if dbutils.widgets.get("credential") == "entra-token":
    os.environ["AZURE_OPENAI_AD_TOKEN"] = secret
else:
    os.environ["AZURE_OPENAI_API_KEY"] = secret
os.environ["AZURE_OPENAI_ENDPOINT"] = dbutils.widgets.get("endpoint")
os.environ["AZURE_OPENAI_API_VERSION"] = dbutils.widgets.get("api_version")

# COMMAND ----------

# MAGIC %md
# MAGIC Now the client. Of key and token, the one that is not set is `None`, and the client uses the other.

# COMMAND ----------

import os
from openai import AzureOpenAI

client = AzureOpenAI(
    azure_endpoint=os.getenv("AZURE_OPENAI_ENDPOINT"),
    api_key=os.getenv("AZURE_OPENAI_API_KEY"),
    azure_ad_token=os.getenv("AZURE_OPENAI_AD_TOKEN"),
    api_version=os.getenv("AZURE_OPENAI_API_VERSION"),
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## 3. A completion that MLflow records
# MAGIC `mlflow.openai.autolog()` wraps the client: from then on each call becomes a trace. The run around the call groups the trace with the parameter
# MAGIC `completion_tokens`, the number of tokens that the model wrote. Afterwards, under **Experiments**, you find that parameter on the newest run's
# MAGIC overview, and the same number in the output of its trace under **Traces**.

# COMMAND ----------

import json
import time

import mlflow
from openai import AzureOpenAI

system_prompt = dbutils.widgets.get("system_prompt")
user_prompt = dbutils.widgets.get("user_prompt")

# Without a path, MLflow uses the notebook's own experiment.
if dbutils.widgets.get("experiment"):
    mlflow.set_experiment(dbutils.widgets.get("experiment"))

mlflow.openai.autolog()

with mlflow.start_run() as run:
    started = time.perf_counter()
    response = client.chat.completions.create(
        model=dbutils.widgets.get("deployment"),
        messages=[
            {"role": "system", "content": system_prompt},
            {"role": "user", "content": user_prompt},
        ],
    )
    latency_ms = round((time.perf_counter() - started) * 1000)

    print(response.choices[0].message.content)
    mlflow.log_param("completion_tokens", response.usage.completion_tokens)
mlflow.end_run()

# COMMAND ----------

# MAGIC %md
# MAGIC ## 4. The result, for whoever started this as a job
# MAGIC `dbutils.notebook.exit` hands this text to the job run's output. It works by raising, so it stands alone here, outside the run above.

# COMMAND ----------

dbutils.notebook.exit(
    json.dumps(
        {
            "run_id": run.info.run_id,
            "experiment_id": run.info.experiment_id,
            "answer": response.choices[0].message.content,
            "finish_reason": response.choices[0].finish_reason,
            "model": response.model,
            "prompt_tokens": response.usage.prompt_tokens,
            "completion_tokens": response.usage.completion_tokens,
            "total_tokens": response.usage.total_tokens,
            "latency_ms": latency_ms,
        }
    )
)
