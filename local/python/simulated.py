"""Makes Pyodide the Python of a simulated cluster: its time, its packages, its commands, and a refusal by name for what is not simulated.

Invariants
S1  A process begins as a new one does: modules as Pyodide has them at its start, an environment of its own, no notebook's globals.
S2  What Databricks does not have is missing here too; what it has and this kernel has not is refused by name (`KernelLimit`).
S3  Time comes from the lab: the clocks that Pyodide reads are those of its thread, which interpreter-worker.ts sets, and `sleep` asks.
"""

import asyncio
import atexit
import builtins
import collections
import importlib.abc
import importlib.util
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import types
from json import dumps, loads

import kernel

# The Python of current runtimes. https://docs.databricks.com/aws/en/release-notes/runtime/
VERSION = (3, 12, 3)
# In Pyodide or in later releases of Python, and not on a cluster.
ABSENT = {
    *("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core", "kernel", "simulated", "dbutils"),
    *("annotationlib", "compression", "concurrent.interpreters", "string.templatelib", "_zstd"),
    *("msvcrt", "nt", "winreg", "winsound"),
}
# What a cluster's Python has beside the standard library, and what of the standard library needs another machine than this one.
# https://docs.databricks.com/aws/en/release-notes/runtime/18.0#installed-python-libraries
REFUSED = set(
    """IPython PIL azure boto3 botocore catboost databricks datasets delta google grpc httpx keras langchain lightgbm matplotlib numba numpy pandas plotly
    psutil pyarrow pydantic pyspark requests scipy seaborn sklearn statsmodels tensorflow torch transformers urllib3 xgboost yaml
    multiprocessing zoneinfo""".split()
)
FOLDERS = ("/tmp", "/home/pyodide")

VersionInfo = collections.namedtuple("version_info", "major minor micro releaselevel serial")

job = None
packages = {}
"""What is installed: versions by name."""


def ask(question):
    """Puts a question to the cluster and waits for the answer."""
    answer = loads(ask_text(dumps(question)))
    packages.update(answer.get("packages", {}))
    return answer


def refuse(what):
    raise kernel.KernelLimit(f"The simulated kernel does not run {what}. Real Python does.")


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the stand-ins of installed packages."""

    def __init__(self, sources):
        self.codes = {name: compile(source, f"{name}.py", "exec") for name, source in sources.items()}

    def find_spec(self, name, path, target=None):
        known = name in self.codes and name in packages
        return importlib.util.spec_from_loader(name, self, is_package=True) if known else None

    def exec_module(self, module):
        module.__version__ = packages[module.__name__]
        exec(self.codes[module.__name__], module.__dict__)


def prepare(sources_text):
    """Once, before the first process: `sources_text` is JSON, the stand-ins' sources by name."""
    global stand_ins, real_import, fresh_modules, fresh_contents, fresh_path
    stand_ins = StandIns(loads(sources_text))
    sys.meta_path.insert(0, stand_ins)
    real_import = builtins.__import__
    fresh_path = list(sys.path)
    fresh_modules = dict(sys.modules)
    others = [module for name, module in fresh_modules.items() if isinstance(module, types.ModuleType) and name != __name__]
    fresh_contents = [(vars(module), dict(vars(module))) for module in others]


def run(job_text, the_ask_text):
    """Runs one process of a notebook: `job_text` is JSON, what `kernel.run_notebook` takes, `environment` and `packages`."""
    global job, packages, ask_text
    renew()
    job, ask_text = loads(job_text), the_ask_text
    packages = job["packages"]
    if job["from"] == 0:
        empty_folders()
    equip()
    end = kernel.run_notebook(job, ask, feature_version=VERSION[:2])
    # MLflow ends its runs there.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return dumps(end)


def renew():
    """Takes back what a notebook changed, in modules of the standard library too."""
    sys.modules.clear()
    sys.modules.update(fresh_modules)
    for now, before in fresh_contents:
        for name in now.keys() - before.keys():
            del now[name]
        for name, value in before.items():
            if now.get(name, now) is not value:
                now[name] = value
    sys.path[:] = fresh_path
    atexit._clear()
    random.seed()


def empty_folders():
    os.chdir("/")
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, exist_ok=True)
    os.chdir(FOLDERS[-1])


def equip():
    os.environ.clear()
    os.environ.update(job["environment"])
    time.sleep = sleep
    os.system = os.popen = subprocess.call = subprocess.check_call = subprocess.Popen = run_command
    subprocess.run = lambda args, *_, **options: subprocess.CompletedProcess(args, run_command(args))
    subprocess.check_output = lambda args, *_, **options: str(run_command(args) or "") if options.get("text") else b""
    asyncio.run = lambda *_, **options: refuse("asyncio.run")
    threading.Thread.start = lambda *_: refuse("threads")
    socket.socket.connect = lambda *_: refuse("sockets")
    sys.executable = "/local_disk0/.ephemeral_nfs/envs/pythonEnv/bin/python"
    sys.platform = "linux"
    sys.version_info = VersionInfo(*VERSION, "final", 0)
    sys.version = f"{'.'.join(map(str, VERSION))} (main) [GCC]"
    builtins.__import__ = import_module


def sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    ask({"ask": "sleep", "seconds": seconds})


def run_command(args, *_, **options):
    words = args.split() if isinstance(args, str) else [str(word) for word in args]
    if "pip" not in words:
        refuse(f"the command {' '.join(words)}")
    answer = ask({"ask": "pip", "arguments": " ".join(words[words.index("pip") + 1 :])})
    if answer["status"] != 0:
        raise subprocess.CalledProcessError(answer["status"], args, answer["output"])
    return 0


def import_module(name, globals=None, locals=None, fromlist=(), level=0):
    """`__import__`, stricter with what a notebook imports than with what the standard library does."""
    if globals is None or globals.get("__name__") != "__main__":
        return real_import(name, globals, locals, fromlist, level)
    head = name.partition(".")[0]
    if head in ABSENT or name in ABSENT:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    for part in fromlist or ():
        if f"{name}.{part}" in ABSENT:
            raise ImportError(f"cannot import name {part!r} from {name!r}", name=name)
    has_stand_in = head in stand_ins.codes
    if head in REFUSED or (head in packages and not has_stand_in):
        refuse(f"`import {name}`")
    try:
        return real_import(name, globals, locals, fromlist, level)
    except ModuleNotFoundError as error:
        if head in sys.stdlib_module_names or (has_stand_in and head in packages):
            refuse(f"`import {name}`")
        # Pyodide's own message tells how its packages are loaded.
        raise ModuleNotFoundError(f"No module named {error.name!r}", name=error.name) from None
