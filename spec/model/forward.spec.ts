/** The forward pass against Google's gemma_pytorch, on every golden prompt. */
import { describe, expect, it } from "vitest";
import { maxError, relativeError } from "../../src/conformance/metrics.ts";
import { trace } from "../../src/interp/run/trace.ts";
import { goldenName } from "../../src/model/taps.ts";
import {
  ALL_PROMPTS,
  golden,
  goldens,
  load,
  NANO_MODELS,
  NANO_PROMPTS,
  promptIds,
  promptLogits,
} from "../support/goldens.ts";

describe("in float64", () => {
  it.each(ALL_PROMPTS)("logits of %s %s equal gemma_pytorch's to 1e-12", async (name, prompt) => {
    const model = await load(name, "float64");
    const logits = await promptLogits(model, promptIds(name, prompt));
    // Both sum in float64, in another order: 1e-15 is typical, 1e-12 is the promise.
    expect(relativeError(logits, golden(`${name}/${prompt}.npz`, "logits.f64"))).toBeLessThan(
      1e-12,
    );
  });

  describe.each(NANO_MODELS)("%s", (name) => {
    it.each(NANO_PROMPTS)("has every intermediate of %s to 1e-12", async (prompt) => {
      const file = `${name}/${prompt}.npz`;
      const unseen = new Set(
        [...goldens(file).keys()].filter((key) => /^trace\..*\.f64$/.test(key)),
      );
      for (const [tap, { data }] of await trace(
        await load(name, "float64"),
        promptIds(name, prompt),
      )) {
        const key = `trace.${goldenName(tap)}.f64`;
        if (!unseen.delete(key)) continue;
        expect(relativeError(data, golden(file, key)), tap).toBeLessThan(1e-12);
      }
      expect([...unseen]).toEqual([]);
    });
  });
});

describe("in float32", () => {
  it.each(ALL_PROMPTS)(
    "logits of %s %s are at most twice as far from the truth as Google's float32",
    async (name, prompt) => {
      const file = `${name}/${prompt}.npz`;
      const model = await load(name, "float32");
      const truth = golden(file, "logits.f64");
      const ours = maxError(await promptLogits(model, promptIds(name, prompt)), truth);
      expect(ours).toBeLessThanOrEqual(2 * maxError(golden(file, "logits.f32"), truth));
    },
  );
});
