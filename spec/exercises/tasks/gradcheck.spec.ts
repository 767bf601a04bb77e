/** The exercises about learning: whatever is a right check passes, and nothing is said of a model that they are not in. */
import { describe, expect, it } from "vitest";
import { failureText, successText } from "../../../src/cli/exercise/text.ts";
import type { Parts, Row, Twin } from "../../../src/exercises/parts.ts";
import { check } from "../../../src/exercises/run/check.ts";
import { choicesWith } from "../../../src/exercises/run/name-mistake.ts";
import { PLAYABLE } from "../../../src/exercises/tasks/all.ts";
import { twinSets } from "../../../src/exercises/twins/twins.ts";
import { exerciseNamed, materials } from "../../support/exercises.ts";

const gradcheck = exerciseNamed("gradcheck");
const { numericGradient } = materials.right;

/** The largest difference between a twin's backward and differences of its forward. */
function errorsOf({ forward, backward, x, dy }: Twin, h: number): Row {
  const f = (at: Row) => forward(at).reduce((sum, y, j) => sum + dy[j] * y, 0);
  const numeric = numericGradient(f, x, h);
  return backward(dy, x).map((slope, i) => Math.abs(slope - numeric[i]));
}

/** A check with a step and a limit of its own, relative to the largest number or to each. */
function checkWith(h: number, limit: number, each = false): Parts["wrongTwins"] {
  return (twins) => {
    const isWrong = (twin: Twin) => {
      const given = twin.backward(twin.dy, twin.x).map(Math.abs);
      const largest = Math.max(...given);
      return errorsOf(twin, h).some((error, i) => error > limit * (each ? given[i] : largest));
    };
    return twins.filter(isWrong).map(({ name }) => name);
  };
}

describe("gradcheck", () => {
  it("takes steps and limits that tell right from wrong", () => {
    const steps = [1e-4, 1e-5, 1e-6, 1e-7];
    const limits = [1e-6, 1e-5, 1e-4, 3e-4];
    for (const h of steps) {
      for (const limit of limits) {
        for (const each of [false, true]) {
          if (h === 1e-7 && limit === 1e-6 && each) continue; // a small number's rounding
          const wrongTwins = checkWith(h, limit, each);
          const verdict = check(gradcheck, { numericGradient, wrongTwins }, materials);
          expect([h, limit, each, verdict]).toMatchObject([h, limit, each, { success: {} }]);
        }
      }
    }
  });

  it("takes differences of a higher order", () => {
    const fivePoint: Parts["numericGradient"] = (f, x, h) => {
      const near = numericGradient(f, x, h);
      return numericGradient(f, x, 2 * h).map((far, i) => (4 * near[i] - far) / 3);
    };
    const fns = { numericGradient: fivePoint, wrongTwins: checkWith(1e-5, 1e-5) };
    expect(check(gradcheck, fns, materials)).toHaveProperty("success");
  });

  it("has right twins that are right to eight digits, and wrong ones that are not to three", () => {
    for (const { twins, wrong } of twinSets(materials.right)) {
      for (const twin of twins) {
        const largest = Math.max(...twin.backward(twin.dy, twin.x).map(Math.abs));
        const error = Math.max(...errorsOf(twin, 1e-5)) / largest;
        if (wrong.includes(twin.name)) expect(error).toBeGreaterThan(5e-4);
        else expect(error).toBeLessThan(1e-8);
      }
    }
  });

  it("says nothing of the running model, which has none of it", () => {
    expect(PLAYABLE.map(({ name }) => name)).not.toContain("gradcheck");
    const plain = (_: string, text: string) => text;
    const verdict = check(gradcheck, gradcheck.build(choicesWith(gradcheck, [])), materials);
    if (!("success" in verdict)) throw new Error("it fails");
    expect(successText(gradcheck, verdict.success, undefined, "Next", plain)).toMatch(
      /^✓ gradcheck {2}4 cases by hand, 4 of Google's code \(within .*\)\n {2}Next\n$/,
    );
    const oneSided = [{ knob: "difference", choice: "one-sided" }];
    const wrong = check(gradcheck, gradcheck.build(choicesWith(gradcheck, oneSided)), materials);
    if (!("failure" in wrong)) throw new Error("it passes");
    expect(failureText(gradcheck, wrong.failure, undefined, plain)).toContain(
      "yours     [7.1, 6]\n             expected  [7, 6]",
    );
  });
});
