/** The shapes that outputs must have: those of the engine's own. */
import { describe, expect, it } from "vitest";
import { Engine } from "../../../src/conformance/engine/engine.ts";
import { runOp } from "../../../src/conformance/engine/run-op.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { liesAs, opShapes, tapShape } from "../../../src/conformance/protocol/shapes.ts";
import { askedTaps } from "../../../src/conformance/vectors/forwards.ts";
import { NANO_MODELS, seededTensors } from "../../../src/conformance/vectors/nano.ts";
import { OP_CASES } from "../../../src/conformance/vectors/ops.ts";

it.each(NANO_MODELS)("of every tap of $name, in a second feed", async ({ config, tensors }) => {
  const engine = new Engine(await readWeights(config, seededTensors(tensors)));
  engine.feed([2, 3, 4, 5], 0);
  const taps = engine.feed([6, 7, 8], 4);
  const names = askedTaps(config);
  expect([...taps.keys()].sort()).toEqual([...names].sort());
  for (const name of names) {
    expect(tapShape(name, config, { L: 3, S: 7 }), name).toEqual(taps.get(name)?.shape);
  }
});

it.each(OP_CASES)("of the outputs of $vector.id", ({ vector, arrays }) => {
  const { op, attrs } = vector;
  const inputs = new Map(
    Object.entries(arrays).map(([name, array]) => [name.split("/")[1], array] as const),
  );
  const call = { op, attrs, inputs };
  const outputs = [...runOp(call)].map(([name, { shape }]) => [name, shape]);
  expect(Object.fromEntries(opShapes(call))).toEqual(Object.fromEntries(outputs));
  expect([...opShapes(call).keys()][0]).toBe("out");
});

describe("a shape lies as another", () => {
  it.each<[given: number[], expected: number[], isSo: boolean]>([
    [[2, 6], [2, 6], true],
    [[1, 2, 6], [2, 6], true],
    [[2, 3, 2], [2, 6], true],
    [[12], [2, 6], true],
    [[2, 6, 1], [2, 6], true],
    [[1, 6], [6], true],
    [[6, 2], [2, 6], false],
    [[2, 2, 3, 2], [2, 6], false],
    [[2, 2], [2, 6], false],
    [[11], [2, 6], false],
    [[], [2, 6], false],
    [[], [1, 1], true],
    [[4, 3], [2, 6], false],
    [[0, 6], [2, 6], false],
  ])("%j as %j: %j", (given, expected, isSo) => {
    expect(liesAs(given, expected)).toBe(isSo);
  });
});
