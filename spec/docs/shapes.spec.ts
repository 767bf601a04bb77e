/** docs/shapes.md says what every tap is, and what shape it has. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { GEMMA_2B } from "../../src/config.ts";
import { lettersOf } from "../../src/interp/display/describe.ts";
import { type TapName, tapNames } from "../../src/model/taps.ts";
import { root } from "./blocks/markdown.ts";

const rows = [
  ...readFileSync(root("docs/shapes.md"), "utf8").matchAll(/^\| `([\w.]+)` +\| \[(.*?)\] /gm),
];
const taps = rows.map(([, name, shape]) => [name as TapName, shape] as const);

it("has a line for each tap, and no other", () => {
  const all = tapNames({ ...GEMMA_2B, numHiddenLayers: 1 });
  expect(taps.map(([name]) => name).sort()).toEqual([...all].sort());
});

it.each(taps)("%s is [%s]", (name, shape) => {
  expect(shape.split(", ")).toEqual(lettersOf(name, GEMMA_2B));
});
