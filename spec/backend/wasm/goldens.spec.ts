/** The WebAssembly backend against what Google's code computed. */
import { afterAll, describe, expect, it } from "vitest";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { maxError, relativeError } from "../../../src/conformance/metrics.ts";
import { generate } from "../../../src/generation/generate.ts";
import { trace } from "../../../src/interp/run/trace.ts";
import { goldenName } from "../../../src/model/taps.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import {
  ALL_PROMPTS,
  golden,
  goldens,
  loadOn,
  NANO_MODELS,
  promptIds,
  promptLogits,
  readFixture,
} from "../../support/goldens.ts";
import { greedyGoldens } from "../../support/greedy.ts";
import { HAS_THREADS } from "../../support/workers.ts";

const backend = wasmBackend({ threads: 1 });
afterAll(() => backend.dispose());

it.each(ALL_PROMPTS)("its logits of %s %s are as good as float32", async (name, prompt) => {
  const file = `${name}/${prompt}.npz`;
  const truth = golden(file, "logits.f64");
  const ours = await promptLogits(await loadOn(name, backend), promptIds(name, prompt));
  // Float32 sums, as Google's are, in another order: a different draw of the same roundings, so not bounded by theirs.
  expect(maxError(ours, truth)).toBeLessThanOrEqual(
    4 * maxError(golden(file, "logits.f32"), truth),
  );
});

it.each(NANO_MODELS)("every tap of %s is right", async (name) => {
  const file = `${name}/prompt-40.npz`;
  const unseen = new Set([...goldens(file).keys()].filter((key) => /^trace\..*\.f64$/.test(key)));
  const model = await loadOn(name, backend);
  for (const [tap, { data }] of await trace(model, promptIds(name, "prompt-40"))) {
    const key = `trace.${goldenName(tap)}.f64`;
    if (!unseen.delete(key)) continue;
    // Two blocks in float32: some hundred roundings of 6e-8.
    expect(relativeError(data, golden(file, key)), tap).toBeLessThan(2e-5);
  }
  expect([...unseen]).toEqual([]);
});

describe("it tells", () => {
  const tokenizer = Tokenizer.fromBytes(readFixture("tiny-stories-it/tokenizer.model"));
  it.each(greedyGoldens("tiny-stories-it"))("$prompt as Google's code does", async (greedy) => {
    const model = await loadOn("tiny-stories-it", backend);
    const { prompt_ids: ids, greedy_ids: wanted } = greedy;
    const tokens: number[] = [];
    const options = { maxTokens: wanted.length };
    for await (const { token } of generate(model, tokenizer, ids, options)) tokens.push(token);
    expect(tokens).toEqual(wanted.slice(0, tokens.length));
    expect(tokens.length).toBeGreaterThan(1);
  });
});

it.skipIf(!HAS_THREADS)("has the same bits on one thread and on three", async () => {
  const ids = promptIds("tiny-stories-it", "prompt-1");
  const threaded = wasmBackend({ threads: 3 });
  const [one, three] = [
    await promptLogits(await loadOn("tiny-stories-it", backend), ids),
    await promptLogits(await loadOn("tiny-stories-it", threaded), ids),
  ];
  expect(three).toEqual(one);
  threaded.dispose();
});
