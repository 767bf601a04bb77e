/**
 * One object of a file as a row: its kind by its fields, each field checked.
 * @module
 */
import { brief } from "../../../brief.ts";
import type { Refusals } from "../../../errors.ts";
import { commonPrompt } from "./common-prompt.ts";
import type { DataRow, TextOrTurns } from "./row.ts";
import { type SystemMessages, turnsFrom } from "./turns.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** The fields of each kind. Of two that fit, the first: a row with chosen and rejected may have a completion, too. */
const KINDS: readonly (readonly [DataRow["kind"], readonly string[]])[] = [
  ["messages", ["messages"]],
  ["preference", ["prompt", "chosen", "rejected"]],
  ["preference", ["chosen", "rejected"]],
  ["completion", ["prompt", "completion"]],
  ["prompt", ["prompt"]],
  ["text", ["text"]],
];

const EXPECTED = "{text}, {messages}, {prompt, completion}, {prompt, chosen, rejected} or {prompt}";

/** What rows are read for. */
export interface RowRules {
  /** Default: each row says by its fields. */
  readonly kind?: DataRow["kind"];
  readonly system: SystemMessages;
}

/** @throws {FormatError} if the object is no row, or not of the kind that is asked for. */
export function rowFrom(object: Fields, where: string, rules: RowRules, refuse: Refusals): DataRow {
  const [kind, names] = kindOf(object, rules.kind, refuse);
  const other = Object.fromEntries(
    Object.entries(object).filter(([name]) => !names.includes(name)),
  );
  const both = { where, other };
  const turns = (field: string, first: "user" | "model", last?: "user" | "model", from = object) =>
    textOrTurns(from[field], { refuse, field, system: rules.system, first, last });
  switch (kind) {
    case "text":
      return { kind, text: textOf(object.text, refuse), ...both };
    case "messages": {
      const { messages } = object;
      if (!Array.isArray(messages)) {
        throw refuse.format("messages", "a list of messages", brief(messages));
      }
      const place = { refuse, field: "messages", system: rules.system, first: "user" } as const;
      return { kind, messages: turnsFrom(messages, place), ...both };
    }
    case "prompt":
      return { kind, prompt: turns("prompt", "user", "user"), ...both };
    case "completion": {
      const row = {
        prompt: turns("prompt", "user", "user"),
        completion: turns("completion", "model"),
      };
      assertAlike(row, refuse);
      return { kind, ...row, ...both };
    }
    case "preference": {
      const told = names.includes("prompt") ? object : withoutPrompt(object, refuse);
      const [chosen, rejected] = (["chosen", "rejected"] as const).map((field) =>
        turns(field, "model", undefined, told),
      );
      const row = { prompt: turns("prompt", "user", "user", told), chosen, rejected };
      assertAlike(row, refuse);
      return { kind, ...row, ...both };
    }
  }
}

function kindOf(
  object: Fields,
  asked: DataRow["kind"] | undefined,
  refuse: Refusals,
): readonly [DataRow["kind"], readonly string[]] {
  const has = (names: readonly string[]) => names.every((name) => Object.hasOwn(object, name));
  const found = KINDS.find(
    ([kind, names]) => (asked === undefined || kind === asked) && has(names),
  );
  if (found) return found;
  const fields = Object.keys(object);
  const got = fields.length === 0 ? "no fields" : fields.map(brief).join(", ");
  const wanted = KINDS.find(([kind]) => kind === asked)?.[1];
  const expected = wanted ? `the fields ${wanted.map(brief).join(", ")}` : EXPECTED;
  throw refuse.format(undefined, expected, got, hintFor(object));
}

function hintFor(object: Fields): string | undefined {
  if ("conversations" in object) return 'name the list "messages", with role and content in each';
  if ("instruction" in object || "question" in object) {
    return 'name the fields "prompt" and "completion"';
  }
  return undefined;
}

/** A row whose answers begin with the prompt. */
function withoutPrompt({ chosen, rejected }: Fields, refuse: Refusals): Fields {
  const isList = Array.isArray(chosen);
  const isAlike = isList ? Array.isArray(rejected) : typeof chosen === typeof rejected;
  if (!isAlike || !(isList || typeof chosen === "string")) {
    const expected = "two texts, or two lists of messages, in chosen and rejected";
    throw refuse.format(undefined, expected, `${brief(chosen)} and ${brief(rejected)}`);
  }
  return { ...commonPrompt(chosen as string, rejected as string, refuse.format) };
}

function textOf(value: unknown, refuse: Refusals): string {
  if (typeof value === "string") return value;
  throw refuse.format("text", "a string", brief(value));
}

function textOrTurns(value: unknown, place: Parameters<typeof turnsFrom>[1]): TextOrTurns {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return turnsFrom(value, place);
  throw place.refuse.format(place.field, "a string, or a list of messages", brief(value));
}

/** A text cannot go on as turns. */
function assertAlike(fields: Readonly<Record<string, TextOrTurns>>, refuse: Refusals): void {
  const [[first, value], ...rest] = Object.entries(fields);
  const isText = typeof value === "string";
  const other = rest.find(([, one]) => (typeof one === "string") !== isText);
  if (!other) return;
  const expected = isText ? `a string, as ${first} is` : `a list of messages, as ${first} is`;
  throw refuse.format(other[0], expected, isText ? "a list" : "a string");
}
