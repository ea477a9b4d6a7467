// The Python of the simulated kernel: that it is Python, begins anew with each process, and refuses by name what a cluster has and it has not.
import { describe, expect, it } from 'vitest';
import { runPython, type Question } from '../../../../local/cloud/notebook/interpreter.ts';

const NOW_MS = Date.parse('2026-11-20T08:00:00Z');

const start = (
  source: string,
  more: { packages?: Record<string, string>; stop?: AbortSignal; limitMs?: number } = {},
) => {
  let written = '';
  const asked: Question[] = [];
  const ended = runPython({
    job: {
      cells: [{ kind: 'python', line: 1, source }],
      from: 0,
      widgets: {},
      environment: { HOME: '/root' },
      packages: more.packages ?? {},
      context: {},
    },
    now: () => NOW_MS,
    answer: (question) => {
      asked.push(question);
      return Promise.resolve({ status: 0, output: '' });
    },
    write: (text) => {
      written += text;
    },
    stop: more.stop ?? new AbortController().signal,
    ...(more.limitMs === undefined ? {} : { computeLimitMs: more.limitMs }),
  });
  return ended.then((end) => ({ end, written: written.trimEnd(), asked }));
};
const errorOf = async (source: string, packages?: Record<string, string>): Promise<string> => {
  const { end } = await start(source, packages === undefined ? {} : { packages });
  return end.end === 'failed' ? `${end.name}: ${end.message}` : end.end;
};

// Left: a program. Right: what CPython 3.12 prints for it.
const PROGRAMS: [string, string][] = [
  ['print(1 + 2 * 3, 7 // 2, 7 / 2, -7 // 2, 7 % 3, 1.0, 1e3, 10 / 5)', '7 3 3.5 -4 1 1.0 1000.0 2.0'],
  ['print(2 ** 100, -(2 ** 64) // 3)', '1267650600228229401496703205376 -6148914691236517206'],
  ['print(sum(x * x for x in range(10) if x % 2))', '165'],
  ['def f(x, seen=[]):\n    seen.append(x)\n    return seen\nf(1)\nprint(f(2))', '[1, 2]'],
  ['print("{0:>6.2f}|{name!r}|{0:,}".format(1234.5, name="lab"))', "1234.50|'lab'|1,234.5"],
  ['def twice(f):\n    return lambda x: f(f(x))\n@twice\ndef inc(x):\n    return x + 1\nprint(inc(1))', '3'],
  ['match {"kind": "a", "n": [1, 2]}:\n    case {"kind": "a", "n": [_, *rest]}:\n        print(rest)', '[2]'],
  ['for n in range(3):\n    if n == 5:\n        break\nelse:\n    print("not found")', 'not found'],
  ['print(round(2.5), round(3.5), round(2.675, 1), 0.1 + 0.2)', '2 4 2.7 0.30000000000000004'],
  [
    'class A:\n    def __init__(self, n):\n        self.n = n\n    def __repr__(self):\n        return f"A({self.n})"\nprint([A(1)])',
    '[A(1)]',
  ],
  ['from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\nprint(P(), P(2) == P(2))', 'P(x=1) True'],
  ['def g():\n    got = yield 1\n    yield got\nit = g()\nprint(next(it), it.send(5))', '1 5'],
  ['a, *b, c = range(5)\nprint(b, {**{"x": 1}, "y": 2}, {1, 1})', "[1, 2, 3] {'x': 1, 'y': 2} {1}"],
  ['if (n := len("abc")) > 2:\n    print(f"{n=} {n:03d} {n!r:>3}")', 'n=3 003   3'],
  [
    'from contextlib import contextmanager\n@contextmanager\ndef c():\n    print("in")\n    yield\n    print("out")\nwith c():\n    pass',
    'in\nout',
  ],
  [
    'try:\n    {}["x"]\nexcept (KeyError, ValueError) as e:\n    print("caught", e)\nelse:\n    print(1)\nfinally:\n    print("done")',
    "caught 'x'\ndone",
  ],
  [
    'try:\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise ValueError("no") from e\nexcept ValueError as e:\n    print(type(e.__cause__).__name__)',
    'ZeroDivisionError',
  ],
  [
    'def f(a, /, b, *args, c=3, **more):\n    return a, b, args, c, more\nprint(f(1, 2, 9, c=4, d=5))',
    "(1, 2, (9,), 4, {'d': 5})",
  ],
  [
    'def outer():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n        return n\n    return inc\ni = outer()\ni()\nprint(i())',
    '2',
  ],
  [
    'import re, json\nprint(re.findall(r"\\d+", "a1b22"), json.dumps({"é": None}, sort_keys=True))',
    "['1', '22'] {\"\\u00e9\": null}",
  ],
  [
    'from collections import Counter, defaultdict\nprint(Counter("aab").most_common(1), defaultdict(list)["x"])',
    "[('a', 2)] []",
  ],
  [
    'print("a,b".split(","), "Ab".swapcase(), "x".join("abc"), "%s-%03d" % ("a", 7), b"ab"[0])',
    "['a', 'b'] aB axbxc a-007 97",
  ],
  [
    'print(sorted(["b", "A", "c"], key=str.lower, reverse=True), list(zip([1, 2], "ab")), any([0, 1]))',
    "['c', 'b', 'A'] [(1, 'a'), (2, 'b')] True",
  ],
  ['import datetime\nprint(datetime.datetime(2026, 11, 20) + datetime.timedelta(days=11))', '2026-12-01 00:00:00'],
  ['type Pair[T] = tuple[T, T]\ndef first[T](pair: Pair[T]) -> T:\n    return pair[0]\nprint(first((1, 2)))', '1'],
  [
    'print([x for x in range(20)][::-7], (1, 2) < (1, 3), 1 < 2 < 3, None is None, "é".encode())',
    "[19, 12, 5] True True True b'\\xc3\\xa9'",
  ],
];

describe('Python', () => {
  it.each(PROGRAMS)('%s', async (source, expected) => {
    const { end, written } = await start(source);
    expect(end).toEqual({ end: 'done' });
    expect(written).toBe(expected);
  });

  it.each([
    ['unknown', "NameError: name 'unknown' is not defined"],
    ['1 + "a"', "TypeError: unsupported operand type(s) for +: 'int' and 'str'"],
    ['def f(a): return a\nf()', "TypeError: f() missing 1 required positional argument: 'a'"],
    ['import nowhere', "ModuleNotFoundError: No module named 'nowhere'"],
    ['def f(): f()\nf()', 'RecursionError: maximum recursion depth exceeded'],
    ['import sys\nsys.exit(3)', 'SystemExit: 3'],
    ['x = = 1', 'SyntaxError: invalid syntax'],
    ['if True\n  pass', "SyntaxError: expected ':'"],
    ['print("a', 'SyntaxError: unterminated string literal (detected at line 1)'],
    ['  x = 1', 'IndentationError: unexpected indent'],
  ])('%s fails as in Python', async (source, message) => {
    expect(await errorOf(source)).toBe(message);
  });

  it('shows a traceback that leads to the lines of the notebook', async () => {
    const { end } = await start('def f():\n    raise ValueError("no")\n\nf()');
    const trace = end.end === 'failed' ? end.trace : '';
    expect(trace).toMatch(/line 4, in <module>\n.*line 2, in f\n/);
    expect(trace).not.toContain('kernel.py');
  });
});

describe('what a cluster does not have', () => {
  it.each([
    ['import js', "ModuleNotFoundError: No module named 'js'"],
    ['import pyodide.ffi', "ModuleNotFoundError: No module named 'pyodide.ffi'"],
    ['import dbutils', "ModuleNotFoundError: No module named 'dbutils'"],
    ['import simulated', "ModuleNotFoundError: No module named 'simulated'"],
    ['import openai', "ModuleNotFoundError: No module named 'openai'"],
    ['from concurrent import interpreters', "ImportError: cannot import name 'interpreters' from 'concurrent'"],
    ['t"{1}"', 'SyntaxError: t-strings are only supported in Python 3.14 and greater'],
    ['def f[T = int](x): pass', 'SyntaxError: Type parameter defaults are only supported in Python 3.13 and greater'],
  ])('%s is missing here too', async (source, message) => {
    expect(await errorOf(source)).toBe(message);
  });

  it('tells the Python of the runtime, not that of the interpreter', async () => {
    const { written } = await start('import sys\nprint(sys.version_info[:3], sys.version_info.major, sys.platform)');
    expect(written).toBe('(3, 12, 3) 3 linux');
  });
});

describe('what a cluster has and this kernel has not', () => {
  const packages = { mlflow: '3.12.0', openai: '3.54.0', langfuse: '1.0.0' };
  it.each([
    ['import pandas as pd', '`import pandas`'],
    ['from pyspark.sql import SparkSession', '`import pyspark.sql`'],
    ['import langfuse', '`import langfuse`'],
    ['import mlflow.sklearn', '`import mlflow.sklearn`'],
    ['import curses', '`import curses`'],
    ['import mlflow\nmlflow.log_artifact("x")', 'mlflow.log_artifact'],
    ['from openai import AsyncAzureOpenAI', 'openai.AsyncAzureOpenAI'],
    ['import openai\nopenai.OpenAI(api_key="k", base_url="http://x").embeddings', 'OpenAI.embeddings'],
    ['import subprocess\nsubprocess.run(["ls", "-l"])', 'the command ls -l'],
    ['import os\nos.system("ls")', 'the command ls'],
    ['import threading\nthreading.Thread(target=print).start()', 'threads'],
    ['import urllib.request\nurllib.request.urlopen("http://127.0.0.1:9")', 'sockets'],
    ['import asyncio\nasync def f(): pass\nasyncio.run(f())', 'asyncio.run'],
    ['try:\n    import numpy\nexcept Exception:\n    pass', '`import numpy`'],
  ])('%s is refused by name', async (source, what) => {
    expect(await errorOf(source, packages)).toBe(
      `KernelLimit: The simulated kernel does not run ${what}. Real Python does.`,
    );
  });
});

describe('a process', () => {
  it('begins without what the one before it left', async () => {
    const dirty = [
      'import json, os, sys, builtins, time, openai',
      'left = 1',
      'json.dumps = lambda value: "dirty"',
      'json.added = 1',
      'os.environ["LEFT"] = "1"',
      'sys.path.insert(0, "/tmp")',
      'sys.modules["left"] = json',
      'builtins.left = 1',
      'open("/tmp/left.py", "w").write("x = 1")',
      'os.chdir("/tmp")',
    ].join('\n');
    expect(await errorOf(dirty, { openai: '3.54.0' })).toBe('done');
    const clean = [
      'import json, os, sys',
      'print("left" in globals(), json.dumps(1), hasattr(json, "added"), dict(os.environ), "/tmp" in sys.path)',
      'print("left" in sys.modules, "openai" in sys.modules, os.listdir("/tmp"), os.getcwd())',
    ].join('\n');
    const { written } = await start(clean);
    expect(written).toBe("False 1 False {'HOME': '/root'} False\nFalse False [] /home/pyodide");
  });

  it('draws its own random numbers', async () => {
    const source = 'import random, uuid\nprint(random.random(), uuid.uuid4())';
    const all = await Promise.all([start(source), start(source), start(source)]);
    expect(new Set(all.map((it) => it.written)).size).toBe(3);
  });

  it("has the lab's time, and asks for it to pass", async () => {
    const source =
      'import time, datetime\nprint(time.time(), datetime.datetime.now(datetime.UTC).isoformat())\ntime.sleep(2.5)';
    const { written, asked } = await start(source);
    expect(written).toBe(`${NOW_MS / 1_000}.0 2026-11-20T08:00:00+00:00`);
    expect(asked).toEqual([{ ask: 'cell' }, { ask: 'sleep', seconds: 2.5 }]);
  });

  it.each([
    'while True: pass',
    'while True:\n    try:\n        pass\n    except BaseException:\n        pass',
    'sum(iter(int, 1))',
  ])('that never ends (%s) is ended, and the next one runs', async (source) => {
    expect((await start(source, { limitMs: 300 })).end).toEqual({ end: 'overran' });
    expect((await start('print(1)')).written).toBe('1');
  });

  it('is stopped while it computes', async () => {
    const stop = new AbortController();
    const running = start('import time\ntime.sleep(1)\nwhile True: pass', { stop: stop.signal });
    setImmediate(() => {
      stop.abort();
    });
    expect((await running).end).toEqual({ end: 'stopped' });
  });

  it('runs beside another one', async () => {
    const source = (name: string) =>
      `import os, time\nos.environ["N"] = "${name}"\ntime.sleep(1)\nprint(os.environ["N"])`;
    const [a, b] = await Promise.all([start(source('a')), start(source('b'))]);
    expect([a.written, b.written]).toEqual(['a', 'b']);
  });
});
