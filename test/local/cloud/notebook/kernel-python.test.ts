// The simulated kernel's Python: what it evaluates, and that it refuses by name what it does not.
import { describe, expect, it } from 'vitest';
import { createEvaluator } from '../../../../local/cloud/notebook/kernel-eval.ts';
import { parsePython } from '../../../../local/cloud/notebook/kernel-parse.ts';
import { readNotebook } from '../../../../local/cloud/notebook/source.ts';

const run = async (source: string): Promise<string> => {
  let written = '';
  const evaluator = createEvaluator({
    globals: {},
    load: () => undefined,
    write: (text) => {
      written += text;
    },
    check: () => undefined,
  });
  await evaluator.run(parsePython(source));
  return written.trimEnd();
};

// Left: a program. Right: what CPython 3.11 prints for it.
const PROGRAMS: [string, string][] = [
  ['print(1 + 2 * 3, 7 // 2, 7 / 2, -7 // 2, 7 % 3, 2 ** 10)', '7 3 3.5 -4 1 1024'],
  ['print(1.0, 3.14, 1e3, 10 / 5)', '1.0 3.14 1000.0 2.0'],
  ["print('a' + \"b\" 'c', 'x' * 3, 'it\\'s')", "abc xxx it's"],
  ['print([1, "two", None, True, (3,), {"k": 1.5}])', "[1, 'two', None, True, (3,), {'k': 1.5}]"],
  ['x = {"a": {"b": [10, 20]}}\nprint(x["a"]["b"][-1], x.get("z"), x.get("z", 5))', '20 None 5'],
  ['name = "lab"\nn = 3\nprint(f"{name!r} has {n:,} and {n / 7:.2f} {{ok}}")', "'lab' has 3 and 0.43 {ok}"],
  ['a, b = 1, 2\na, b = b, a\nprint(a, b)', '2 1'],
  ['for i, c in enumerate("ab"):\n    print(i, c)\nelse_ = 1', '0 a\n1 b'],
  ['total = 0\nwhile True:\n    total += 2\n    if total > 5:\n        break\nprint(total)', '6'],
  ['print([x * x for x in range(5) if x % 2], {k: len(k) for k in ["aa", "b"]})', "[1, 9] {'aa': 2, 'b': 1}"],
  ['def f(a, b=2):\n    return a * b\nprint(f(3), f(3, b=5), (lambda x: x + 1)(1))', '6 15 2'],
  [
    'try:\n    {}["x"]\nexcept (KeyError, ValueError) as e:\n    print("caught", e)\nfinally:\n    print("done")',
    "caught 'x'\ndone",
  ],
  ['try:\n    int("a")\nexcept Exception as e:\n    print(str(e))', "invalid literal for int() with base 10: 'a'"],
  ['print(1 < 2 < 3, not 0, 1 in [1], "a" not in "abc", None is None)', 'True True True False True'],
  ['print(0 or "b", 1 and 2, "yes" if [] else "no")', 'b 2 no'],
  ['print("a,b".split(","), "-".join(["x", "y"]), " t ".strip(), "Ab".lower())', "['a', 'b'] x-y t ab"],
  [
    'print(round(2.5), round(3.5), round(2.675, 1), sorted([3, 1, 2], reverse=True), sum([1, 2]))',
    '2 4 2.7 [3, 2, 1] 3',
  ],
  ['x = (1 +\n     2)\nif x == 3: print("one line"); print("two")', 'one line\ntwo'],
  ['s = """a\nb"""\nprint(s[0], s[-1], s[1:2] == "\\n", [1, 2, 3][1:])', 'a b True [2, 3]'],
  ['print(tuple(int(p) for p in "3.12.0".split(".")[:2]) < (2, 21), (2, 9) < (2, 21))', 'False True'],
];

describe('Python', () => {
  it.each(PROGRAMS)('%s', async (source, expected) => {
    expect(await run(source)).toBe(expected);
  });

  it.each([
    ['unknown', "name 'unknown' is not defined"],
    ['None.x', "'NoneType' object has no attribute 'x'"],
    ['1 + "a"', "unsupported operand type(s) for +: 'int' and 'str'"],
    ['[][0]', 'list index out of range'],
    ['1()', "'int' object is not callable"],
    ['import nowhere', "No module named 'nowhere'"],
    ['def f(a): return a\nf()', "f() missing 1 required positional argument: 'a'"],
    ['raise ValueError("no")', 'no'],
    ['assert 1 == 2, "unequal"', 'unequal'],
  ])('%s raises as Python does', async (source, message) => {
    await expect(run(source)).rejects.toThrow(message);
  });

  it.each([
    ['class A: pass', 'classes'],
    ['async def f(): pass', 'asynchronous code'],
    ['{1, 2}', 'set literals'],
    ['from os import *', '`from … import *`'],
  ])('%s is refused by name', async (source, what) => {
    await expect(run(source)).rejects.toThrow(`The simulated kernel does not run ${what}. Real Python does.`);
  });

  it.each(['x = = 1', 'if True\n  pass', 'def f(:', 'print("a', '  x = 1', 'for x of y: pass'])(
    '%s is a syntax error',
    async (source) => {
      await expect(run(source)).rejects.toThrow(/invalid syntax|expected|unterminated|unexpected|unindent/);
    },
  );
});

describe('the SOURCE format', () => {
  it('keeps cells, their magics and their line numbers apart', () => {
    const source = [
      '# Databricks notebook source',
      '# MAGIC %md',
      '# MAGIC # Title',
      '# COMMAND ----------',
      '',
      '# DBTITLE 1,Install',
      '# MAGIC %pip install openai',
      '# MAGIC %restart_python',
      '',
      '# COMMAND ----------',
      'x = 1',
    ].join('\n');
    expect(readNotebook(source)).toEqual([
      { kind: 'markdown', line: 2 },
      { kind: 'magic', line: 6, commands: ['%pip install openai', '%restart_python'] },
      { kind: 'python', line: 11, source: 'x = 1' },
    ]);
  });

  it('takes a file without the header as one cell', () => {
    expect(readNotebook('x = 1\n')).toEqual([{ kind: 'python', line: 1, source: 'x = 1\n' }]);
  });
});
