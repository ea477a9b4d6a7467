// The modules that a notebook can import, and `dbutils`: a small part of each, and a refusal by name for the rest.
import { KernelLimit } from './kernel-ast.ts';
import { createMlflow } from './kernel-mlflow.ts';
import { createOpenAI, type Tracer } from './kernel-openai.ts';
import { DURATIONS, NotebookExit, type Process } from './process.ts';
import { secretOf } from '../databricks/secrets.ts';
import { databricksOf } from '../databricks/tables.ts';
import {
  Callable,
  ExceptionType,
  EXCEPTIONS,
  Float,
  fromJson,
  func,
  iterate,
  module,
  numberOf,
  pythonJson,
  PyObject,
  PythonError,
  raise,
  repr,
  str,
  toJson,
  type Value,
} from './kernel-values.ts';

/** MLflow's newest release, which `pip install --upgrade` brings. */
const NEWEST_MLFLOW = '3.18.0';
/** Real modules that this kernel does not have. */
const FOREIGN =
  /^(re|math|datetime|random|uuid|requests|httpx|pandas|numpy|pyspark|sklearn|logging|typing|pathlib|importlib|IPython|databricks|base64|hashlib|collections|functools|itertools|urllib|warnings|traceback|tempfile|shutil|glob|csv|dataclasses|enum|string|textwrap|threading|concurrent|asyncio|ssl|socket|http)(\.|$)/;

export type Modules = {
  load: (name: string) => Value | undefined;
  dbutils: PyObject;
  /** `%pip …` and `pip …` in a subprocess. */
  pip(commandLine: string): Promise<void>;
  /** What ends with the process: runs that are still active. */
  shutDown(failed: boolean): Promise<void>;
};

/** The modules of one Python process: made anew by a restart. */
export function createModules(process: Process): Modules {
  const restart = (): never => {
    throw new KernelLimit('dbutils.library.restartPython() inside a cell with other code');
  };

  const pip = async (commandLine: string): Promise<void> => {
    const words = commandLine.match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replaceAll(/^["']|["']$/g, '')) ?? [];
    if (words[0] !== 'install') throw new KernelLimit(`pip ${words[0] ?? ''}`);
    const wanted = words.slice(1).filter((word) => !word.startsWith('-'));
    const isUpgrade = words.includes('-U') || words.includes('--upgrade');
    let isChanged = false;
    for (const requirement of wanted) {
      const name = requirement.split(/[\s<>=!~[;]/, 1)[0] ?? requirement;
      if (databricksOf(process.state).knobs.unknownPackages.includes(name)) {
        throw new PythonError(
          EXCEPTIONS.RuntimeError,
          `ERROR: Could not find a version that satisfies the requirement ${name} (from versions: none)`,
        );
      }
      if (name === 'mlflow' && (isUpgrade || process.mlflowVersion === null)) {
        process.mlflowVersion = NEWEST_MLFLOW;
        isChanged = true;
      }
      isChanged ||= !process.packages.has(name);
      process.packages.add(name);
    }
    await process.usually(isChanged ? DURATIONS.install : DURATIONS.installSatisfied);
  };

  const tracer: Tracer = { record: null };
  const openai = createOpenAI(process, tracer);
  const mlflow = createMlflow(process, tracer);
  let isMlflowImported = false;

  const standard: Record<string, PyObject> = {
    os: osModule(process),
    'os.path': module('os.path', {}),
    sys: module('sys', {
      executable: '/local_disk0/.ephemeral_nfs/envs/pythonEnv/bin/python',
      version: '3.12.3',
      argv: [],
    }),
    json: jsonModule,
    time: timeModule(process),
    subprocess: subprocessModule(pip),
  };

  const load = (name: string): Value | undefined => {
    const known = standard[name];
    if (known !== undefined) return known;
    const head = name.split('.', 1)[0];
    if (head === 'openai' && process.packages.has('openai')) return name === 'openai' ? openai : undefined;
    if (head === 'mlflow' && process.mlflowVersion !== null) {
      isMlflowImported = true;
      if (name === 'mlflow') return mlflow.module;
      return name
        .split('.')
        .slice(1)
        .reduce<Value | undefined>(
          (at, part) => (at instanceof PyObject ? at.attributes.get(part) : undefined),
          mlflow.module,
        );
    }
    if (FOREIGN.test(name)) throw new KernelLimit(`\`import ${name}\``);
    return undefined;
  };

  return {
    load,
    pip,
    dbutils: dbutilsOf(process, restart),
    shutDown: async (failed) => {
      if (isMlflowImported) await mlflow.shutDown(failed);
    },
  };
}

const osModule = (process: Process): PyObject => {
  const environ = new PyObject('_Environ');
  const get = (name: Value | undefined): string | undefined => process.environment.get(str(name ?? null));
  environ.getItem = (key) => get(key) ?? raise('KeyError', repr(key));
  environ.setItem = (key, value) => {
    if (typeof value !== 'string')
      raise('TypeError', `str expected, not ${value === null ? 'NoneType' : typeof value}`);
    else process.environment.set(str(key), value);
  };
  const getenv = func('getenv', ['key', 'default'], (it) => get(it.key) ?? it.default ?? null);
  environ.attributes.set('get', getenv);
  return module('os', { environ, getenv });
};

const jsonModule = module('json', {
  dumps: func('dumps', ['obj', 'ensure_ascii', 'indent', 'default', 'sort_keys'], (it) => {
    if (it.default !== undefined || it.sort_keys !== undefined)
      throw new KernelLimit('json.dumps with default or sort_keys');
    const indent = numberOf(it.indent ?? null);
    if (indent !== undefined) return JSON.stringify(toJson(it.obj ?? null), null, indent);
    return pythonJson(it.obj ?? null, it.ensure_ascii !== false);
  }),
  loads: func('loads', ['s'], (it) => {
    try {
      return fromJson(JSON.parse(str(it.s ?? null)));
    } catch {
      throw new PythonError(
        new ExceptionType('JSONDecodeError', EXCEPTIONS.ValueError),
        'Expecting value: line 1 column 1 (char 0)',
      );
    }
  }),
});

const timeModule = (process: Process): PyObject => {
  const seconds = (): Float => new Float(process.now() / 1_000);
  return module('time', {
    time: func('time', [], seconds),
    perf_counter: func('perf_counter', [], seconds),
    monotonic: func('monotonic', [], seconds),
    sleep: func('sleep', ['seconds'], async (it) => {
      await process.wait((numberOf(it.seconds ?? null) ?? 0) * 1_000);
      return null;
    }),
  });
};

const subprocessModule = (pip: Modules['pip']): PyObject => {
  const run = new Callable('check_call', async (args) => {
    const words = iterate(args[0] ?? []).map(str);
    const at = words.indexOf('pip');
    if (at < 0) throw new KernelLimit(`the command ${words.join(' ')}`);
    await pip(
      words
        .slice(at + 1)
        .map((word) => `'${word}'`)
        .join(' '),
    );
    return 0;
  });
  return module('subprocess', { check_call: run, run, check_output: run });
};

const dbutilsOf = (process: Process, restart: () => never): PyObject => {
  const java = (name: string, message: string): never => {
    throw new PythonError(new ExceptionType(name, EXCEPTIONS.Exception), message);
  };
  const text = (value: Value | undefined): string => str(value ?? '');
  const define = (it: Record<string, Value | undefined>): Value => {
    const name = text(it.name);
    if (!process.widgets.has(name)) process.widgets.set(name, text(it.defaultValue));
    return null;
  };
  const widget = (kind: string, more: readonly string[] = []): Callable =>
    func(kind, ['name', 'defaultValue', ...more, 'label'], define);
  const removeAll = func('removeAll', [], () => null);
  const widgets = new PyObject('WidgetsHandler', {
    text: widget('text'),
    dropdown: widget('dropdown', ['choices']),
    combobox: widget('combobox', ['choices']),
    multiselect: widget('multiselect', ['choices']),
    get: func('get', ['name'], (it) => {
      const name = text(it.name);
      return (
        process.widgets.get(name) ??
        java(
          'Py4JJavaError',
          `An error occurred while calling o393.getArgument.\n: com.databricks.dbutils_v1.InputWidgetNotDefined: No input widget named ${name} is defined`,
        )
      );
    }),
    getAll: func('getAll', [], () => new Map(process.widgets)),
    remove: func('remove', ['name'], () => null),
    removeAll,
  });
  const secrets = new PyObject('SecretsHandler', {
    get: func('get', ['scope', 'key'], (it) => {
      const [scope, key] = [text(it.scope), text(it.key)];
      return (
        secretOf(process.state, process.job.workspace.workspaceId, scope, key) ??
        java(
          'Py4JJavaError',
          `An error occurred while calling o393.getSecret.\n: java.lang.IllegalArgumentException: Secret does not exist with scope: ${scope} and key: ${key}`,
        )
      );
    }),
  });
  const notebook = new PyObject('NotebookHandler', {
    exit: func('exit', ['value'], (it) => {
      throw new NotebookExit(text(it.value));
    }),
  });
  const library = new PyObject('LibraryHandler', { restartPython: func('restartPython', [], () => restart()) });
  return new PyObject('DBUtils', { widgets, secrets, notebook, library });
};
