/**
 * Fields of a JSON object that has to be of a certain kind.
 * @module
 */
import { brief } from "../../brief.ts";
import type { FormatError, Refusals } from "../../errors.ts";
import { isObject } from "../../source/json.ts";

/** Numbers that JSON does not have. */
const BEYOND_JSON = ["NaN", "Infinity", "-Infinity", "-0"];

/** The fields of `value`, by name; each call throws a FormatError that names the field if it is of another kind. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #refuse: Refusals;
  /** Where the object is: `taps[0].` */
  readonly #within: string;

  constructor(value: Readonly<Record<string, unknown>>, refuse: Refusals, within = "") {
    this.#value = value;
    this.#refuse = refuse;
    this.#within = within;
  }

  get names(): string[] {
    return Object.keys(this.#value);
  }

  text(name: string): string {
    return this.#text(name, this.#own(name));
  }

  flag(name: string): boolean {
    const value = this.#own(name);
    if (typeof value === "boolean") return value;
    throw this.refusal(name, "true or false", brief(value));
  }

  number(name: string): number {
    return this.#number(name, this.#own(name));
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    return this.#choice(name, this.#own(name), choices);
  }

  object(name: string): Fields {
    return this.#object(name, this.#own(name));
  }

  objects(name: string): Fields[] {
    return this.#list(name).map((item, i) => this.#object(`${name}[${i}]`, item));
  }

  numbers(name: string): number[] {
    return this.#list(name).map((item, i) => this.#number(`${name}[${i}]`, item));
  }

  texts(name: string): string[];
  texts<T extends string>(name: string, choices: readonly T[]): T[];
  texts(name: string, choices?: readonly string[]): string[] {
    return this.#list(name).map((item, i) => {
      const field = `${name}[${i}]`;
      return choices ? this.#choice(field, item, choices) : this.#text(field, item);
    });
  }

  /** `{ [name]: read(name) }` if there is such a field, else an object without it. */
  optional<N extends string, T>(name: N, read: (name: N) => T): { readonly [key in N]?: T } {
    if (this.#own(name) === undefined) return {};
    return { [name]: read(name) } as { [key in N]: T };
  }

  refusal(name: string, expected: string, got: string, hint?: string): FormatError {
    return this.#refuse.format(this.#within + name, expected, got, hint);
  }

  #own(name: string): unknown {
    return this.#value[name];
  }

  #list(name: string): readonly unknown[] {
    const value = this.#own(name);
    if (Array.isArray(value)) return value;
    throw this.refusal(name, "a list", brief(value));
  }

  #text(name: string, value: unknown): string {
    if (typeof value === "string") return value;
    throw this.refusal(name, "a text", brief(value));
  }

  #number(name: string, value: unknown): number {
    if (typeof value === "number") return value;
    if (typeof value === "string" && BEYOND_JSON.includes(value)) return Number(value);
    throw this.refusal(name, "a number", brief(value));
  }

  #choice<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw this.refusal(name, choices.map(brief).join(" or "), brief(value));
  }

  #object(name: string, value: unknown): Fields {
    if (isObject(value)) return new Fields(value, this.#refuse, `${this.#within}${name}.`);
    throw this.refusal(name, "an object", brief(value));
  }
}
