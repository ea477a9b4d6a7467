"""Runs the cells of a Databricks notebook as a cluster's driver would: Python, the two magics, `dbutils`, and how a run ends.

Both kernels run this file and differ in `ask`, which puts a question to the cluster and waits for the answer. Real Python runs it as a program that
asks in lines of JSON (local/cloud/notebook/real-python.ts); the simulated kernel imports it (local/python/simulated.py).
One call of `run_notebook` lives from one `%restart_python` to the next.
"""

import ast
import os
import sys
import traceback
import types

from dbutils import DBUtils, NotebookExit, RestartPython

FILE = "<notebook>"


class KernelLimit(BaseException):
    """Valid on Databricks and not run here; no `except Exception` of a notebook hides it."""


def run_notebook(job, ask, feature_version=None):
    """Runs `job["cells"]` from `job["from"]` and tells how that ended.

    `feature_version` is the release of Python, as (major, minor), whose syntax counts; absent: that of this Python.
    """
    dbutils = DBUtils(job["widgets"], ask)
    # A module of the notebook's own, under the name that what is defined in a notebook is looked up by.
    notebook = types.ModuleType("__main__")
    notebook.dbutils = dbutils
    driver = sys.modules["__main__"]
    sys.modules["__main__"] = notebook
    try:
        for at in range(job["from"], len(job["cells"])):
            try:
                run_cell(job["cells"][at], notebook, ask, feature_version)
            except RestartPython:
                return {"end": "restart", "next": at + 1, "widgets": dbutils.widgets.values}
            except NotebookExit as exit:
                return {"end": "exit", "value": str(exit)}
            except BaseException as error:
                return {"end": "failed", "name": type(error).__name__, "message": message_of(error), "trace": trace_of(error)}
        return {"end": "done"}
    finally:
        sys.modules["__main__"] = driver


def run_cell(cell, notebook, ask, feature_version):
    if cell["kind"] == "magic":
        for command in cell["commands"]:
            run_magic(command, ask)
    elif cell["kind"] == "python":
        ask({"ask": "cell"})
        # Lines count in the notebook's file, so that a traceback leads there.
        source = "\n" * (cell["line"] - 1) + cell["source"]
        tree = ast.parse(source, FILE, feature_version=feature_version)
        exec(compile(tree, FILE, "exec"), notebook.__dict__)


def run_magic(command, ask):
    if command == "%restart_python":
        raise RestartPython()
    if not command.startswith("%pip "):
        raise KernelLimit(f"This kernel does not run the magic {command.split(' ', 1)[0]}.")
    answer = ask({"ask": "pip", "arguments": command[len("%pip ") :]})
    print(answer["output"], end="")
    if answer["status"] != 0:
        raise RuntimeError(answer["output"].strip() or f"{command} returned {answer['status']}")


def message_of(error):
    return error.msg if isinstance(error, SyntaxError) else str(error)


def trace_of(error):
    """The traceback as a job run shows it: the notebook's frames, coloured for a terminal."""

    def red(text):
        return f"\u001b[0;31m{text}\u001b[0m"

    name = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == FILE]
    if isinstance(error, SyntaxError):
        own.append(traceback.FrameSummary(FILE, error.lineno or 1, "<module>", lookup_line=False))
    head = f"{red(name)}{' ' * 28}Traceback (most recent call last)"
    last = f"{red(name)}: {message_of(error)}"
    return "\n".join([red("-" * 75), head, *(line.rstrip() for line in traceback.format_list(own)), "", last])


def main():
    """The program that real Python runs: it reads from file descriptor 4 and writes to 3, so that what the notebook prints stays its own."""
    import json
    import time

    inbox = os.fdopen(4, encoding="utf8")
    outbox = os.fdopen(3, "w", encoding="utf8", buffering=1)

    def tell(message):
        outbox.write(json.dumps(message) + "\n")

    def ask(question):
        tell(question)
        return json.loads(inbox.readline())

    job = json.loads(inbox.readline())

    # Lab time passes as real time does here, and began elsewhere. Before any import of the notebook: libraries keep the functions that they find.
    real_time, real_time_ns = time.time, time.time_ns
    shift_ns = job["startNs"] - real_time_ns()
    time.time = lambda: real_time() + shift_ns / 1e9
    time.time_ns = lambda: real_time_ns() + shift_ns

    # The notebook finds neither this file's folder nor what came from it.
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
    del sys.modules["dbutils"]

    end = run_notebook(job, ask)
    sys.stdout.flush()
    tell(end)
    # Python now ends as it does: whoever still has something to send (MLflow its traces) sends it first.


if __name__ == "__main__":
    main()
