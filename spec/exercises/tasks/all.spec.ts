/** Every exercise: its files, its hints, its cases, and each of its mistakes written as a learner's answer. */
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { failureText } from "../../../src/cli/exercise/text.ts";
import { DETECTIVE } from "../../../src/exercises/detective/case.ts";
import { functionNames } from "../../../src/exercises/exercise.ts";
import type { Parts } from "../../../src/exercises/parts.ts";
import { check } from "../../../src/exercises/run/check.ts";
import { gemmaSays } from "../../../src/exercises/run/gemma-says.ts";
import { choicesWith } from "../../../src/exercises/run/name-mistake.ts";
import { completed, EXERCISES } from "../../../src/exercises/tasks/all.ts";
import {
  functionsIn,
  MISTAKES,
  materials,
  template,
  templatePath,
} from "../../support/exercises.ts";

const plain = (_: string, text: string) => text;

describe.each(EXERCISES.map((one) => [one.name, one] as const))("%s", (name, one) => {
  it("has a solution that passes", async () => {
    const fns = await functionsIn(name, "solution");
    const verdict = check(one, fns, materials);
    expect(verdict).toMatchObject({ success: { goldens: expect.any(Number) } });
    expect("success" in verdict && verdict.success.goldens).toBeGreaterThan(0);
    expect("success" in verdict && verdict.success.byHand).toBeGreaterThan(0);
  });

  it("has a stub that is still to be written, with the text of the solution", async () => {
    const verdict = check(one, await functionsIn(name, "stub"), materials);
    expect(verdict).toMatchObject({ failure: { unwritten: [functionNames(one)[0]] } });
    const comments = (kind: "stub" | "solution") =>
      template(name, kind)
        .match(/\/\*\*.*?\*\/\nexport function .*?\{\n/gs)
        ?.join("");
    expect(comments("stub")).toBe(comments("solution"));
    expect(comments("stub")).toContain("Left out:");
    // What the list, the messages and the file call the parameters is the same.
    for (const [fn, parameters] of Object.entries(one.functions)) {
      expect(template(name, "stub")).toContain(`export function ${fn}(${parameters.join(", ")}) {`);
    }
  });

  it("has three hints, and a text for each mistake", () => {
    expect(one.hints.filter((hint) => hint.length > 15)).toHaveLength(3);
    for (const [right, ...wrong] of Object.values(one.knobs).map((knob) => Object.values(knob))) {
      expect(right).toBe("");
      expect(wrong.every((text) => text.endsWith(".") || text.endsWith("?"))).toBe(true);
      expect(new Set(wrong).size).toBe(wrong.length);
    }
  });
});

it("has a file for each exercise, and no other", () => {
  const files = readdirSync(dirname(templatePath("merge", "stub"))).filter((f) =>
    f.endsWith(".js"),
  );
  const names = [...EXERCISES, DETECTIVE].map(({ name }) => `${name}.js`);
  expect(files.sort()).toEqual(names.sort());
});

describe("a mistake, written as a learner's answer", () => {
  it.each(MISTAKES.map(([one, knob, choice]) => [one.name, knob, choice, one] as const))(
    "%s, %s: %s is named, and it alone",
    (_name, knob, choice, one) => {
      const fns = one.build(choicesWith(one, [{ knob, choice }]));
      const verdict = check(one, fns, materials);
      expect(verdict).toMatchObject({ failure: { mistakes: [{ knob, choice }] } });
      if (!("failure" in verdict)) return;
      expect(verdict.failure.why).toEqual([one.knobs[knob][choice]]);
      const said = { prompt: "Mira", text: " the fox", right: false };
      const lines = failureText(one, verdict.failure, said, plain).split("\n");
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    },
  );
});

describe("a right Gemma of all parts", () => {
  it("says the sentence of the road", () => {
    const { text, distance } = gemmaSays({}, materials);
    expect(text).toBe(" she found 9 more plums. Now she had 15 plums. That was a good day.");
    // The promise of the reference, in units of the largest logit.
    expect(distance).toBeLessThan(1e-12);
  });

  it("may be made of the solutions, too", async () => {
    const files = EXERCISES.map(({ name }) => functionsIn(name, "solution"));
    const { distribution: _, ...fns }: Partial<Parts> = Object.assign(
      {},
      ...(await Promise.all(files)),
    );
    const { text, right } = gemmaSays(fns, materials);
    expect([text.slice(0, 30), right]).toEqual(["Mira the fox had 6 plums. At t", true]);
  });

  it("is built on the softmax, the norm and the projection that are given", () => {
    let calls = 0;
    const counted = <T extends unknown[], R>(fn: (...args: T) => R) => {
      return (...args: T) => {
        calls++;
        return fn(...args);
      };
    };
    const { softmax, rmsNorm, attention, logits } = completed({});
    const x = new Float64Array([1, 2]);
    completed({ softmax: counted(softmax) }).attention([x], [x, x], [x, x], 1);
    completed({ rmsNorm: counted(rmsNorm) }).logits(x, x, [x]);
    expect(calls).toBe(2);
    const own = completed({ softmax: counted(softmax), attention, logits });
    expect([own.attention, own.logits]).toEqual([attention, logits]);
  });
});
