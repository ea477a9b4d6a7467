"""`dbutils`, which Databricks puts into every notebook: widgets, secrets, the notebook's exit and the restart of Python.

https://docs.databricks.com/aws/en/dev-tools/databricks-utils
"""


class NotebookExit(Exception):
    """`dbutils.notebook.exit`, which works by raising."""


class RestartPython(BaseException):
    """Ends this process; no `except Exception` of a notebook holds it up."""


class Py4JJavaError(Exception):
    """An error of the JVM behind `dbutils`."""

    def __init__(self, call, error):
        super().__init__(f"An error occurred while calling o393.{call}.\n: {error}")


class Widgets:
    def __init__(self, values):
        self.values = dict(values)

    def text(self, name, defaultValue, label=None):
        # A job's parameter is there before the notebook declares it, and stays.
        self.values.setdefault(name, str(defaultValue))

    def dropdown(self, name, defaultValue, choices, label=None):
        self.text(name, defaultValue)

    combobox = multiselect = dropdown

    def get(self, name):
        if name not in self.values:
            missing = "com.databricks.dbutils_v1.InputWidgetNotDefined"
            raise Py4JJavaError("getArgument", f"{missing}: No input widget named {name} is defined")
        return self.values[name]

    def getArgument(self, name, defaultValue=None):
        return self.values.get(name, defaultValue)

    def getAll(self):
        return dict(self.values)

    def remove(self, name):
        pass

    def removeAll(self):
        pass


class Secrets:
    def __init__(self, ask):
        self._ask = ask

    def get(self, scope, key):
        answer = self._ask({"ask": "secret", "scope": scope, "key": key})
        if "value" not in answer:
            reason = f"Secret does not exist with scope: {scope} and key: {key}"
            raise Py4JJavaError("getSecret", f"java.lang.IllegalArgumentException: {reason}")
        return answer["value"]


class Notebook:
    def exit(self, value=""):
        raise NotebookExit(str(value))


class Library:
    def restartPython(self):
        raise RestartPython()


class DBUtils:
    def __init__(self, widgets, ask):
        self.widgets = Widgets(widgets)
        self.secrets = Secrets(ask)
        self.notebook = Notebook()
        self.library = Library()
