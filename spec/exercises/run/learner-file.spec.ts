/** A learner's file: what is taken out of it, and what is said if that is not possible. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { Exercise } from "../../../src/exercises/exercise.ts";
import type { Parts } from "../../../src/exercises/parts.ts";
import { functionsOf } from "../../../src/exercises/run/learner-file.ts";
import { exerciseNamed } from "../../support/exercises.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("learner-file");
let count = 0;

/** Functions of a file with this text. */
function taken(text: string, one: Exercise = exerciseNamed("kvhead"), ending = "mjs") {
  const path = join(scratch, `file${count++}.${ending}`);
  writeFileSync(path, text);
  return functionsOf<Partial<Parts>>(pathToFileURL(path).href, one);
}

describe("functionsOf", () => {
  it.each([
    ["a name", "export function kvHead() { return 7; }", "mjs"],
    ["a constant", "export const kvHead = () => 7;", "mjs"],
    ["the default", "export default () => 7;", "mjs"],
    ["module.exports", "module.exports = { kvHead: () => 7 };", "cjs"],
    ["an object", "export default { kvHead: () => 7 };", "mjs"],
  ])("finds a function exported as %s", async (_, text, ending) => {
    const { kvHead } = await taken(text, undefined, ending);
    expect(kvHead?.(0, 1, 1)).toBe(7);
  });

  it.each([
    ["", "There is no function kvHead. It exports nothing: is an export missing?"],
    [
      "export const kvhead = 1;",
      "There is no function kvHead. It exports kvhead: is an export missing?",
    ],
    ['\nthrow new Error("oh")', "The file does not run. Error: oh, at line 2"],
    ['import "./nowhere.js"', "The file does not run. Error: Cannot find module"],
  ])("says of %j: %s", async (text, message) => {
    await expect(taken(text)).rejects.toThrow(message);
  });

  it("says at which line a function throws, once", async () => {
    const { kvHead } = await taken(
      "const once = new Error('no');\nexport const kvHead = () => {\n  throw once; };",
    );
    for (let i = 0; i < 2; i++) expect(() => kvHead?.(0, 1, 1)).toThrow(/^no, at line 1$/);
  });

  it("needs each function of an exercise that has two", async () => {
    const text = "export default function append() {}";
    const missing = "There is no function append, continueText.";
    await expect(taken(text, exerciseNamed("cache"))).rejects.toThrow(missing);
  });
});
