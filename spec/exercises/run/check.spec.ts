/** What is said of a function that is wrong in a way that no number shows, or in no way that is known. */
import { describe, expect, it } from "vitest";
import type { Parts, Row } from "../../../src/exercises/parts.ts";
import { check, type Failure } from "../../../src/exercises/run/check.ts";
import { gemmaSays } from "../../../src/exercises/run/gemma-says.ts";
import { choicesWith } from "../../../src/exercises/run/name-mistake.ts";
import { exerciseNamed, materials } from "../../support/exercises.ts";

function failureOf(name: string, fns: object): Failure {
  const verdict = check(exerciseNamed(name), fns, materials);
  if ("failure" in verdict) return verdict.failure;
  throw new Error("it passes");
}

const right = (x: Row, weight: Row, eps: number) => {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, d) => (value / Math.sqrt(square + eps)) * (1 + weight[d]));
};

describe("before any number is compared", () => {
  it.each([
    ["nothing", () => undefined, "Nothing came back. Is there a return?"],
    ["a Promise", async () => new Float64Array(2), "A Promise came back."],
    ["a number", () => 3, "Expected 2 numbers, got a number."],
    ["more numbers", () => new Float64Array(3), "Expected 2 numbers, got 3 numbers."],
    ["a hole", () => [1, undefined], "Nothing is at [1]. Is every place written?"],
    ["NaN", () => [1, Number.NaN], "At [1]: NaN came back."],
    ["texts", () => ["1", "2"], "At [0]: Expected a number, got a text."],
    ["float32", () => new Float32Array(2), "A Float32Array keeps 24 bits"],
    ["the argument", (x: Row) => x, "What came back is x itself, or a part of it."],
    ["a view of the argument", (x: Row) => x.subarray(0), "What came back is x itself"],
    ["the argument, changed", (x: Row) => x.fill(1), "The argument x was changed."],
    ["right ones, and the gain changed", spoilt, "The argument weight was changed."],
    ["an error", (x: Row) => (x as unknown as Row[])[7].length, "rmsNorm throws: TypeError: "],
  ])("%s has a sentence of its own", (_, rmsNorm, sentence) => {
    const { why, yours, mistakes } = failureOf("rmsnorm", { rmsNorm });
    expect([why[0].slice(0, sentence.length), yours, mistakes]).toEqual([sentence, undefined, []]);
  });

  it("a list of numbers is as good as a Float64Array", () => {
    const rmsNorm = (...args: Parameters<typeof right>) => Array.from(right(...args));
    const fns = { rmsNorm } as unknown as Partial<Parts>;
    expect(check(exerciseNamed("rmsnorm"), fns, materials)).toHaveProperty("success");
  });
});

function spoilt(x: Row, weight: Row, eps: number): Row {
  const y = right(x, weight, eps);
  weight[0] = 7;
  return y;
}

describe("a mistake", () => {
  it("is named beside a second one", () => {
    const mistakes = [
      { knob: "gain", choice: "weight" },
      { knob: "size", choice: "sum" },
    ];
    const one = exerciseNamed("rmsnorm");
    const failure = failureOf("rmsnorm", one.build(choicesWith(one, mistakes)));
    expect(failure.mistakes).toEqual(mistakes);
    expect(failure.why[0]).toBe("Two things at once.");
    expect(failure.why).toHaveLength(3);
  });

  it("is not named if it is only nearly one that is known", () => {
    const rmsNorm = (x: Row, weight: Row, eps: number) => {
      return right(
        x,
        weight.map((w) => w - 1),
        eps,
      ).map((value) => value * (1 + 1e-6));
    };
    const { why, mistakes, at } = failureOf("rmsnorm", { rmsNorm });
    expect([why, mistakes, at]).toEqual([
      ["This is not one of the 10 mistakes known here; the first difference is at [0]."],
      [],
      [0],
    ]);
  });

  it("is not named of a function that gives numbers nowhere", () => {
    const softmax = (x: Row) => x.map(() => Number.NaN);
    expect(failureOf("softmax", { softmax }).mistakes).toEqual([]);
  });

  it("is shown at the first case that it fails, not at the first that names it", () => {
    const { case: name, mistakes } = failureOf("rope", {
      rope: (x: Row, pos: number, theta: number) =>
        exerciseNamed("rope")
          .build(choicesWith(exerciseNamed("rope"), [{ knob: "pairs", choice: "neighbours" }]))
          .rope?.(x, pos, theta),
    });
    expect([name, mistakes]).toEqual(["two pairs", [{ knob: "pairs", choice: "neighbours" }]]);
  });

  it("is told of before it runs, so that one without an end has a name", () => {
    const begun: string[] = [];
    check(exerciseNamed("rmsnorm"), { rmsNorm: right }, materials, (name) => begun.push(name));
    expect(begun.slice(0, 2)).toEqual(["calculator", "Google's RMSNorm, 0"]);
  });
});

describe("the running model", () => {
  it.each([
    // road.md, page 3 and 7: a text shows some bugs, and others not at all
    ["rmsnorm", "gain", "weight", "........................"],
    [
      "kvhead",
      "map",
      "n mod K",
      " she found 9 more plums. Now she had 15 plums. That was a good day.",
    ],
  ])("with %s's %s as %s says %s", (name, knob, choice, text) => {
    const one = exerciseNamed(name);
    expect(gemmaSays(one.build(choicesWith(one, [{ knob, choice }])), materials).text).toBe(text);
  });

  it("says why it says nothing", () => {
    const said = gemmaSays({ rmsNorm: (x) => x.map(() => Number.NaN) }, materials);
    expect(said).toMatchObject({ text: "", trouble: "its logits are not numbers", right: false });
  });

  it("finds a function that is right in the cases only", () => {
    let calls = 0;
    const rmsNorm = (x: Row, weight: Row, eps: number) => {
      return right(x, weight, calls++ < 20 ? eps : 1);
    };
    expect(check(exerciseNamed("rmsnorm"), { rmsNorm }, materials)).toHaveProperty("success");
    expect(gemmaSays({ rmsNorm }, materials).right).toBe(false);
  });
});
