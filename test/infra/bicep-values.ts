/** The values that evaluating a template works with. */

export type Value = null | string | number | boolean | Runtime | Value[] | { [key: string]: Value };

/** Something that exists only once Azure has made it. */
export class Runtime {
  readonly path: string;
  readonly known: Record<string, string>;
  constructor(path: string, known: Record<string, string>) {
    this.path = path;
    this.known = known;
  }
  toString(): string {
    return this.known[this.path] ?? `<${this.path}>`;
  }
  toJSON(): string {
    return this.toString();
  }
}
