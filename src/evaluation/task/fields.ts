/**
 * Fields of a task, made ready: from a document to its question, its choices and what is right.
 * @module
 */
import { brief } from "../../brief.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { literalEval, NO_LITERAL } from "../../python/literal.ts";
import { template } from "../template/template.ts";
import type { Field, Target, TaskDocument } from "./spec.ts";

/** The parts of a task, or of its shots, that are read of a document. */
export interface Fields {
  readonly text: Field | number;
  readonly choices?: Field | readonly string[] | undefined;
  readonly target: Target;
  readonly prefix?: Field | undefined;
}

/** The same, read of a document. */
export interface ReadFields {
  /** A question, or an index: see the kind "partial". */
  text(document: TaskDocument): string | number;
  choices(document: TaskDocument): readonly string[] | undefined;
  target(document: TaskDocument): unknown;
  prefix(document: TaskDocument): string | undefined;
}

/** What stands in a template's place. */
type Read = { readonly written: string } | { readonly value: unknown };

/**
 * @param features the fields of the documents; a text that is one of them stands for its value.
 * @throws {ArgumentError} for a text that is the name of a field, but of none that there is.
 */
export function readFields(
  name: string,
  { text, choices, target, prefix }: Fields,
  features: readonly string[],
): ReadFields {
  const refuse = refusals("evaluate", name);
  const reader = (part: string, field: Field) => reading(refuse, part, field, features);
  const texts = typeof text === "number" ? () => ({ value: text }) : reader("text", text);
  const listed = choices === undefined || Array.isArray(choices);
  const lists = listed ? () => ({ value: choices }) : reader("choices", choices as Field);
  const isField = typeof target === "string" || typeof target === "function";
  const targets = isField ? reader("target", target) : () => ({ value: target });
  const prefixes = prefix === undefined ? undefined : reader("prefix", prefix);
  const hasChoices = choices !== undefined;
  return {
    text(document) {
      const read = texts(document);
      const value = "written" in read ? indexOr(read.written, hasChoices) : read.value;
      if (typeof value === "string") return value;
      if (hasChoices && isIndex(value)) return Number(value);
      throw refuse.argument("text", "a text", brief(value));
    },
    choices(document) {
      const read = lists(document);
      const value = "written" in read ? literalEval(read.written) : read.value;
      if (value === undefined) return undefined;
      if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
      const got = value === NO_LITERAL && "written" in read ? read.written : value;
      throw refuse.argument("choices", "a list of texts", brief(got));
    },
    target(document) {
      const read = targets(document);
      if ("value" in read) return read.value;
      const value = indexOr(read.written, hasChoices);
      const isList = typeof value === "string" && /^\[.*\]$/s.test(value);
      const parsed = isList ? literalEval(value) : NO_LITERAL;
      return parsed === NO_LITERAL ? value : parsed;
    },
    prefix(document) {
      const read = prefixes?.(document);
      if (read === undefined) return undefined;
      return "written" in read ? read.written : String(read.value);
    },
  };
}

const isIndex = (value: unknown) => Number.isInteger(value) || typeof value === "boolean";

/** Digits are an index where there are choices. */
function indexOr(text: string, hasChoices: boolean): string | number {
  return hasChoices && /^\d+$/.test(text) ? Number(text) : text;
}

function reading(
  refuse: Refusals,
  part: string,
  field: Field,
  features: readonly string[],
): (document: TaskDocument) => Read {
  if (typeof field === "function") return (document) => ({ value: field(document) });
  if (typeof field !== "string") {
    throw refuse.argument(part, "a field, a template or a function", brief(field));
  }
  if (features.includes(field)) {
    return (document) => {
      if (document[field] !== undefined) return { value: document[field] };
      throw refuse.argument(part, `a document with the field ${field}`, brief(document));
    };
  }
  if (/^[A-Za-z_]\w*$/.test(field)) {
    const hint = "rename the fields of the data, or write a template: {{field}}";
    throw refuse.argument(part, `a field (${features.join(", ")})`, brief(field), hint);
  }
  const fill = template(field);
  return (document) => ({ written: fill(document) });
}
