/** A backend written from the interface and its comments alone passes the goldens. */
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../docs/examples/naive-backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { maxError, relativeError } from "../../src/conformance/metrics.ts";
import { generate } from "../../src/generation/generate.ts";
import { trace } from "../../src/interp/run/trace.ts";
import { goldenName } from "../../src/model/taps.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { IS_LONG } from "../support/fuzz.ts";
import {
  ALL_PROMPTS,
  golden,
  goldens,
  loadOn,
  NANO_MODELS,
  promptIds,
  promptLogits,
  readFixture,
} from "../support/goldens.ts";
import { greedyGoldens } from "../support/greedy.ts";

it.each(ALL_PROMPTS)("its logits of %s %s are as good as float32", async (name, prompt) => {
  const file = `${name}/${prompt}.npz`;
  const truth = golden(file, "logits.f64");
  const model = await loadOn(name, naiveBackend());
  const ours = maxError(await promptLogits(model, promptIds(name, prompt)), truth);
  // As of the reference itself in float32: at most twice as far from the truth as Google's float32.
  expect(ours).toBeLessThanOrEqual(2 * maxError(golden(file, "logits.f32"), truth));
});

it.each(NANO_MODELS)(
  "it breaks no rule that withChecks knows, and every tap of %s is right",
  async (name) => {
    const model = await loadOn(name, withChecks(naiveBackend()));
    const file = `${name}/prompt-40.npz`;
    const unseen = new Set([...goldens(file).keys()].filter((key) => /^trace\..*\.f64$/.test(key)));
    for (const [tap, { data }] of await trace(model, promptIds(name, "prompt-40"))) {
      const key = `trace.${goldenName(tap)}.f64`;
      if (!unseen.delete(key)) continue;
      // Two blocks in float32: some hundred roundings of 6e-8.
      expect(relativeError(data, golden(file, key)), tap).toBeLessThan(2e-5);
    }
    expect([...unseen]).toEqual([]);
  },
);

describe("it tells", () => {
  const tokenizer = Tokenizer.fromBytes(readFixture("tiny-stories-it/tokenizer.model"));
  // The first two in `npm test`: its logits are right for all of them.
  const some = greedyGoldens("tiny-stories-it").slice(0, IS_LONG ? undefined : 2);
  it.each(some)("$prompt as Google's code does", async (greedy) => {
    const model = await loadOn("tiny-stories-it", naiveBackend());
    const { prompt_ids: ids, greedy_ids: wanted } = greedy;
    const tokens: number[] = [];
    const options = { maxTokens: wanted.length };
    for await (const { token } of generate(model, tokenizer, ids, options)) tokens.push(token);
    expect(tokens).toEqual(wanted.slice(0, tokens.length));
    expect(tokens.length).toBeGreaterThan(1);
  });
});
