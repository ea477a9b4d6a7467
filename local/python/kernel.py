"""Runs the cells of a Databricks notebook, as a cluster's driver would: real Python, with a small stand-in for `dbutils` and the two magics.

Started by local/cloud/notebook/real-python.ts, which it talks to in lines of JSON: it reads from file descriptor 4 and writes to 3, so that what the
notebook prints stays its own. One process lives from one `%restart_python` to the next.
"""

import json
import os
import sys
import time
import traceback
import types

inbox = os.fdopen(4, encoding="utf8")
outbox = os.fdopen(3, "w", encoding="utf8", buffering=1)


def tell(message):
    outbox.write(json.dumps(message) + "\n")


def ask(question):
    tell(question)
    return json.loads(inbox.readline())


job = json.loads(inbox.readline())

# Lab time passes as real time does here, and began elsewhere. Before any import: libraries keep the functions that they find.
real_time, real_time_ns = time.time, time.time_ns
shift_ns = job["startNs"] - real_time_ns()
time.time = lambda: real_time() + shift_ns / 1e9
time.time_ns = lambda: real_time_ns() + shift_ns


class NotebookExit(Exception):
    pass


class RestartPython(Exception):
    pass


class Widgets:
    def __init__(self):
        self._values = dict(job["widgets"])

    def text(self, name, defaultValue, label=None):
        # A job's parameter is there before the notebook declares it, and stays.
        self._values.setdefault(name, defaultValue)

    def get(self, name):
        if name not in self._values:
            raise ValueError(f"InputWidgetNotDefined: No input widget named {name} is defined")
        return self._values[name]

    def getArgument(self, name, defaultValue=None):
        return self._values.get(name, defaultValue)

    def getAll(self):
        return dict(self._values)


class Secrets:
    def get(self, scope, key):
        answer = ask({"ask": "secret", "scope": scope, "key": key})
        if "value" not in answer:
            raise ValueError(f"Secret does not exist with scope: {scope} and key: {key}")
        return answer["value"]


class Notebook:
    def exit(self, value=""):
        raise NotebookExit(str(value))


class Library:
    def restartPython(self):
        raise RestartPython()


class DBUtils:
    widgets = Widgets()
    secrets = Secrets()
    notebook = Notebook()
    library = Library()


def magic(command):
    if command == "%restart_python":
        raise RestartPython()
    if not command.startswith("%pip "):
        raise NotImplementedError(f"the magic {command.split(' ', 1)[0]}")
    answer = ask({"ask": "pip", "arguments": command[len("%pip ") :]})
    print(answer["output"], end="")
    if answer["status"] != 0:
        raise RuntimeError(f"{command} returned {answer['status']}")


# A module of the notebook's own, under the name that what is defined in a notebook is looked up by.
driver = sys.modules["__main__"]
notebook = types.ModuleType("__main__")
notebook.dbutils = DBUtils()
sys.modules["__main__"] = notebook


def run(cell):
    if cell["kind"] == "magic":
        for command in cell["commands"]:
            magic(command)
    elif cell["kind"] == "python":
        name = "<notebook>"
        # Lines count in the notebook's file, so that a traceback leads there.
        code = compile("\n" * (cell["line"] - 1) + cell["source"], name, "exec")
        exec(code, notebook.__dict__)


def end(message):
    sys.stdout.flush()
    tell(message)


for at in range(job["from"], len(job["cells"])):
    try:
        run(job["cells"][at])
    except RestartPython:
        end({"end": "restart", "next": at + 1})
        break
    except NotebookExit as exit:
        end({"end": "exit", "value": str(exit)})
        break
    except BaseException as error:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        # The first two frames are this file's.
        own = [line for line in lines if __file__ not in line]
        end({"end": "failed", "name": type(error).__name__, "message": str(error), "trace": "".join(own)})
        break
else:
    end({"end": "done"})
# Python now ends as it does: whoever still has something to send (MLflow its traces) sends it first.
