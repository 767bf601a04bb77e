/** The engine with its own parts is the reference: the CPU backend, bit for bit. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import type { GemmaConfig } from "../../../src/config.ts";
import { Engine } from "../../../src/conformance/engine/engine.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { attentionWith } from "../../../src/conformance/mutants/plain-attention.ts";
import { askedTaps } from "../../../src/conformance/vectors/forwards.ts";
import { trace } from "../../../src/interp/run/trace.ts";
import { embeddingScale } from "../../../src/model/embedding-scale.ts";
import { PRECISION_NAMES, precisionNamed } from "../../../src/tensor/precision.ts";
import { checkpoint, loadOn, NANO_MODELS, promptIds } from "../../support/goldens.ts";

async function engineOf(name: string, options = {}): Promise<Engine> {
  const { config, tensors } = await checkpoint(name);
  return new Engine(await readWeights(config, tensors), options);
}

describe.each(NANO_MODELS)("on %s", (name) => {
  const ids = promptIds(name, "prompt-40");

  it.each(PRECISION_NAMES)("every tap has the bits of the CPU backend in %s", async (precision) => {
    const rounding = precision === "bfloat16" ? "bfloat16" : "exact"; // as a model does by itself
    const embedScale = (config: GemmaConfig) => embeddingScale(config.hiddenSize, rounding);
    const options = { precision: precisionNamed(precision), wiring: { embedScale } };
    const model = await loadOn(name, cpuBackend({ precision }));
    const taps = (await engineOf(name, options)).feed(ids, 0);
    const traced = await trace(model, ids, { names: askedTaps(model.config) });
    expect([...taps.keys()].sort()).toEqual([...traced.keys()].sort());
    for (const [tap, { data, shape }] of traced) {
      expect(taps.get(tap)?.shape, tap).toEqual(shape);
      expect(Array.from(taps.get(tap)?.data ?? []), tap).toEqual(Array.from(data));
    }
  });

  it("feeding in pieces, stepping back and beginning elsewhere keep the logits", async () => {
    const whole = (await engineOf(name)).feed(ids, 0).get("logits");
    const engine = await engineOf(name);
    engine.feed(ids.slice(0, 11), 0);
    engine.feed(ids.slice(3, 20), 11);
    engine.feed(ids.slice(4, 12), 4); // back
    const rest = engine.feed(ids.slice(12), 12).get("logits");
    const V = whole?.shape[1] ?? 0;
    expect(Array.from(rest?.data ?? [])).toEqual(Array.from(whole?.data ?? []).slice(12 * V));
    const far = (await engineOf(name)).feed(ids, 100).get("logits");
    // RoPE is relative: float64 angles of 140 are right to 3e-14.
    for (let i = 0; i < (far?.data.length ?? 0); i++) {
      expect(far?.data[i]).toBeCloseTo(whole?.data[i] ?? Number.NaN, 10);
    }
  });

  it("attention without changes is nn/attention.ts", async () => {
    const plain = await engineOf(name, { components: { attention: attentionWith({}) } });
    const logits = (await engineOf(name)).feed(ids, 0).get("logits");
    expect(plain.feed(ids, 0).get("logits")?.data).toEqual(logits?.data);
  });
});

it("a gap is refused", async () => {
  const engine = await engineOf("mqa");
  engine.feed([2, 5, 6], 10);
  expect(() => engine.feed([7], 14)).toThrow('"pos" expected a position from 10 to 13, got 14');
  expect(() => engine.feed([7], 9)).toThrow('"pos" expected a position from 10 to 13, got 9');
});
