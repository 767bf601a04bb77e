/** Python's repr and literal_eval, against CPython's own. */
import { expect, it } from "vitest";
import { literalEval, NO_LITERAL, pythonRepr, pythonStr } from "../../src/python/literal.ts";
import { readJson } from "../support/goldens.ts";

const { values, literals } = readJson<{
  readonly values: readonly { value: unknown; repr: string; str: string }[];
  readonly literals: readonly { text: string; value?: unknown; error?: string }[];
}>("evaluation/task-texts.json");

it.each(values)("writes $value as CPython does", ({ value, repr, str }) => {
  expect([pythonRepr(value), pythonStr(value)]).toEqual([repr, str]);
  if (value !== 0.1) expect(literalEval(repr)).toEqual(value);
});

it.each(literals)("reads $text as CPython does", ({ text, value, error }) => {
  expect(literalEval(text)).toEqual(error ? NO_LITERAL : value);
});
