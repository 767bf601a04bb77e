/**
 * A configuration of lm-evaluation-harness while it is read.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import type { LmEvalFunction } from "./known-functions.ts";

/** A configuration, read from YAML. */
export type Configuration = Readonly<Record<string, unknown>>;

/** A function that YAML names. */
export class Reference {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What its parts are read with. */
export interface Reader {
  readonly own: Configuration;
  readonly refuse: Refusals;
  /** The function that a value names; undefined for nothing. */
  readonly find: (value: unknown) => LmEvalFunction | undefined;
}

/** A part that is there: null is Python's None. */
export function given<K extends string>(name: K, value: unknown): Record<K, never> | object {
  return value === undefined || value === null ? {} : { [name]: value };
}

/** What stands behind "!function". */
export function nameOf(value: unknown): string | undefined {
  if (value instanceof Reference) return value.name;
  return typeof value === "string" ? /^!function (.+)$/.exec(value)?.[1] : undefined;
}

/** Functions as the texts that name them: what was read, as data. */
export function plain(value: unknown): unknown {
  if (value instanceof Reference) return `!function ${value.name}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

export function fieldOf({ find, refuse }: Reader, key: string, value: unknown): unknown {
  if (nameOf(value) !== undefined) return find(value);
  const isChoice = key === "doc_to_choice";
  const isTable = isChoice && typeof value === "object" && value !== null;
  if (isTable) {
    const choices = Object.values(value);
    if (choices.every((choice) => typeof choice === "string")) return choices;
    const hint = "put them in quotes: YAML takes no and yes for false and true";
    throw refuse.argument(key, "texts", brief(choices), hint);
  }
  const isPlain = ["string", "number", "undefined"].includes(typeof value) || value === null;
  if (isPlain || (key === "doc_to_target" && Array.isArray(value))) return value;
  throw refuse.argument(key, "a field, a template or a function", brief(value));
}
