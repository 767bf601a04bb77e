/** How a cache shows itself, and becomes JSON. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../../src/errors.ts";
import { lettersOf } from "../../../src/interp/display/describe.ts";
import { ActivationCache } from "../../../src/interp/run/activation-cache.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { trace } from "../../../src/interp/run/trace.ts";
import { type TapName, tapColumns, tapNames } from "../../../src/model/taps.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { load, promptIds } from "../../support/goldens.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const ids = promptIds("gqa", "prompt-7");
const all = load("gqa", "float64").then((model) => runWithCache(model, ids));

/** A cache of 18 blocks, as the 2B has. */
async function deep(): Promise<ActivationCache> {
  const { config } = await all;
  const big = { ...config, numHiddenLayers: 18 };
  const taps = tapNames(big).map((name) => [name, tensor(Float32Array.of(1, 3), [1, 2])] as const);
  return new ActivationCache(big, [2], [0], new Map(taps));
}

describe("a cache", () => {
  it("prints a line a tap: shape, mean, least and greatest, and what is masked", async () => {
    const names = ["blocks.0.attn.hook_pattern", "blocks.0.attn.hook_attn_scores"];
    const cache = await runWithCache(await load("gqa", "float64"), [2, 5, 7], { names });
    const [caption, head, scores, pattern, ...rest] = inspect(cache).split("\n");
    expect(caption).toBe("ActivationCache: 3 tokens, 2 taps, 864 bytes in float64");
    expect(head).toMatch(/^ {2}tap +shape +mean +min +max$/);
    expect(scores).toMatch(
      /^ {2}blocks\.0\.attn\.hook_attn_scores {2}\[N 6, L 3, S 3\] .* 18 × -∞$/,
    );
    expect(pattern).toMatch(/hook_pattern +\[N 6, L 3, S 3\] +0\.3333 +0 +1$/);
    expect(rest).toEqual([]);
  });

  it("prints those of many blocks together", async () => {
    const lines = inspect(await deep()).split("\n");
    expect(lines.length).toBe(32);
    expect(lines.join("\n")).toMatch(/^ {2}blocks\.0…17\.mlp\.hook_post +\[/m);
    const some = await runWithCache(await load("gqa", "float64"), ids, { positions: [1, 2, -1] });
    expect(inspect(some)).toContain("ActivationCache: positions 1…2,6 of 7 tokens, ");
    expect(inspect({ a: { b: { c: some } } })).toContain("[ActivationCache: positions 1…2,6");
  });

  it("is as short as a trace, in which heads lie side by side", async () => {
    const model = await load("gqa", "float64");
    const [caption, , q] = inspect(await trace(model, ids, { names: "attn.hook_q" })).split("\n");
    expect(caption).toMatch(/^Trace: 7 tokens, \d taps, [\d.]+ kB in float64$/);
    expect(q).toMatch(/^ {2}blocks\.0\.attn\.hook_q {2}\[L 7, N·H \d+\] /);
    expect(inspect(await trace(model, ids)).split("\n").length).toBeLessThan(100);
  });

  it("prints what is broken", async () => {
    const { config } = await all;
    const broken = tensor(Float32Array.of(NaN, Infinity, 4), [1, 3]);
    const cache = new ActivationCache(config, [2], [0], new Map([["logits", broken]]));
    expect(inspect(cache)).toMatch(/logits {2}\[L 1, V 3\] +4 +4 +4 {2}2 × NaN or ∞$/);
  });

  it("has letters for each axis of each tap", async () => {
    const cache = await all;
    const { config } = cache;
    const { hiddenSize: D, intermediateSize: F, vocabSize: V, headDim: H } = config;
    const { numAttentionHeads: N, numKeyValueHeads: K } = config;
    const L = ids.length;
    const sizes: Record<string, number> = {
      L,
      S: L,
      D,
      F,
      V,
      N,
      K,
      H,
      1: 1,
      "(N+2K)·H": (N + 2 * K) * H,
    };
    for (const [name, { shape }] of cache) {
      expect([name, lettersOf(name, config).map((letter) => sizes[letter])]).toEqual([name, shape]);
    }
    expect(tapColumns("logits", config)).toBe(V);
  });

  it("is a table of HTML in a notebook, with headers for rows and columns", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: notebooks ask by a symbol
    const shown = ((await all) as any)[Symbol.for("Jupyter.display")]();
    expect(shown["text/plain"]).toBe(inspect(await all));
    const html = shown["text/html"] as string;
    expect(html).toContain("<caption");
    expect(html.match(/<th scope="col"/g)?.length).toBe(6);
    expect(html.match(/<th scope="row"/g)?.length).toBe(30);
  });

  it("is JSON with lists of lists, in which what is not finite is a word", async () => {
    const names = ["hook_resid_post", "attn.hook_attn_scores"];
    const cache = await runWithCache(await load("gqa", "float64"), ids, { names, layers: 1 });
    const { ids: given, positions, taps } = JSON.parse(JSON.stringify(cache));
    expect([given, positions]).toEqual([ids, [0, 1, 2, 3, 4, 5, 6]]);
    expect(Object.keys(taps)).toEqual(cache.names);
    const { axes, shape, dtype, data } = taps["blocks.1.hook_resid_post"];
    expect([axes, shape, dtype]).toEqual([["L", "D"], [7, 72], "float64"]);
    expect(data[6][71]).toBe(cache.get("blocks.1.hook_resid_post").get(6, 71));
    const scores = taps["blocks.1.attn.hook_attn_scores"].data;
    expect([scores.length, scores[0].length, scores[5][2][3]]).toEqual([6, 7, "-Infinity"]);
    expect(scores[5][3][2]).toBe(cache.get("blocks.1.attn.hook_attn_scores").get(5, 3, 2));
  });

  it("is not JSON if it is large", async () => {
    const { config } = await all;
    const large = tensor(new Float32Array(2 ** 20 + 1), [1, 2 ** 20 + 1]);
    const cache = new ActivationCache(
      config,
      [2],
      [0],
      new Map<TapName, typeof large>([["logits", large]]),
    );
    const error = thrownBy(() => JSON.stringify(cache)) as UnsupportedError;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.hint).toContain("cacheToNpz");
  });
});
