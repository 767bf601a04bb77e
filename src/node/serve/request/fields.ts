/**
 * The fields of a request, each taken by its name. A field that nobody took is refused in the end: what a server does not
 * know it cannot do, and a client that gets no error believes that it was done.
 * @module
 */
import { brief } from "../../../brief.ts";
import { assertInteger, type IntegerRange, numberGot } from "../../../check.ts";
import { type Refusals, refusals } from "../../../errors.ts";
import { nearest, ourNamesOf, plain } from "../../../option-hints.ts";
import { fieldName } from "../http/api-error.ts";

/** The fields of one body. In JSON, null stands for a field that is not given. */
export class Fields {
  readonly op: string;
  readonly refuse: Refusals;
  readonly #left: Map<string, unknown>;
  /** Those that were taken, given or not. */
  readonly #known = new Set<string>();

  /** @param op the route that errors name. */
  constructor(op: string, body: Readonly<Record<string, unknown>>) {
    this.op = op;
    this.refuse = refusals(op);
    const given = Object.entries(body).filter(([, value]) => value !== null);
    this.#left = new Map(given);
  }

  /** A field, whatever it is. */
  take(name: string): unknown {
    this.#known.add(name);
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  integer(name: string, range: IntegerRange): number | undefined {
    const value = this.take(name);
    if (value !== undefined) assertInteger(this.op, name, value as number, range);
    return value as number | undefined;
  }

  number(name: string, expected: string, includes: (value: number) => boolean): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && includes(value)) return value;
    throw this.refuse.argument(name, expected, numberGot(value));
  }

  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.refuse.argument(name, "true or false", brief(value));
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.refuse.argument(name, "a text", brief(value));
  }

  /** Fields that say who asks, and change nothing in the answer. */
  labels(...names: readonly string[]): void {
    for (const name of names) this.take(name);
  }

  /**
   * Fields of which one value asks for nothing.
   * @param neutral that value by name, an empty list or object for all empty ones.
   */
  neutral(
    neutral: Readonly<Record<string, { readonly as: unknown; readonly hint?: string }>>,
  ): void {
    for (const [name, { as, hint }] of Object.entries(neutral)) {
      const value = this.take(name);
      const isEmpty = typeof as === "object" && isEmptyObject(value);
      if (value === undefined || value === as || isEmpty) continue;
      throw this.refuse.argument(name, `${JSON.stringify(as)}, or nothing`, brief(value), hint);
    }
  }

  /** @throws {ArgumentError} if there is a field that nobody took. */
  end(): void {
    const [name] = this.#left.keys();
    if (name === undefined) return;
    const known = [...this.#known];
    const meant = ourNamesOf(name)
      .map(fieldName)
      .find((field) => this.#known.has(field));
    const same = known.find((field) => plain(field) === plain(name));
    const said = meant ?? same ?? nearest(name, known);
    const hint = said ? `did you mean ${said}?` : "nothing here would heed it; leave it out";
    throw this.refuse.argument(name, "a field that this server knows", "an unknown one", hint);
  }
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
