/** Sketches of the trained fixture models: what is in them, and what is said of engines that are held against them. */
import { describe, expect, it } from "vitest";
import type { Accuracy } from "../../../src/backend/backend.ts";
import { Engine, type Parts } from "../../../src/conformance/engine/engine.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import { compareSketch, withoutSketch } from "../../../src/conformance/real/compare-sketch.ts";
import { makeSketch } from "../../../src/conformance/real/make-sketch.ts";
import { readSketch, type Sketch, writeSketch } from "../../../src/conformance/real/sketch.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import type { Testee } from "../../../src/conformance/run/testee.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { bfloat16, float32, float64 } from "../../../src/tensor/precision.ts";
import { derived } from "../../../src/tensor/stored.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { engineAsTestee, trainedModel, withBlock } from "../../support/engine-as-testee.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { readJson } from "../../support/goldens.ts";
import { fixtureTokenizer } from "../../support/tokenizer-fixture.ts";

interface Greedy {
  readonly prompt_ids: number[];
  readonly greedy_ids: number[];
}

const model = await trainedModel("tiny-stories-it");
const [, arithmetic] = readJson<Greedy[]>("tiny-stories-it/greedy.json");
const made = makeSketch(model, [arithmetic.prompt_ids], {
  continueBy: arithmetic.greedy_ids.length,
  accuracies: ["float64", "float32", "bfloat16"],
  ways: "few",
  madeBy: "a spec",
});

/** Results by their last name: `stream`, `logits`, … */
async function compared(
  tested: Testee | ReadonlyMap<string, NdArray>,
  options: { readonly accuracy?: Accuracy; readonly sketch?: Sketch } = {},
): Promise<Record<string, Result>> {
  const { sketch = await made, accuracy } = options;
  const results = await compareSketch(tested, sketch, {
    accuracy,
    ...("forward" in tested && { model }),
  });
  return Object.fromEntries(results.map((result) => [result.id.split(".").pop(), result]));
}

const statusesOf = (results: Record<string, Result>) =>
  Object.fromEntries(Object.entries(results).map(([name, { status }]) => [name, status]));

const PASS = { stream: "pass", logits: "pass", likelihood: "pass", divergence: "pass" };

describe("makeSketch", () => {
  it("goes on as gemma_pytorch does, greedily", async () => {
    const [prompt] = (await made).prompts;
    expect(prompt.ids).toEqual([...arithmetic.prompt_ids, ...arithmetic.greedy_ids]);
    expect(prompt.given).toBe(arithmetic.prompt_ids.length);
    const chosen = prompt.positions.slice(prompt.given - 1, -1).map(({ top }) => top[0]);
    expect(chosen).toEqual(arithmetic.greedy_ids);
  });

  it.runIf(IS_LONG)("finds held-out stories as probable as gemma_pytorch does", async () => {
    const stories = await trainedModel("tiny-stories");
    const { texts, nll_per_token, tokens } = readJson<{
      texts: string[];
      nll_per_token: number;
      tokens: number;
    }>("tiny-stories/perplexity.json");
    const tokenizer = fixtureTokenizer();
    const prompts = texts.map((text) => [2, ...tokenizer.encode(text), 1]);
    const sketch = await makeSketch(stories, prompts, { continueBy: 0, accuracies: [] });
    const logProbs = sketch.prompts.flatMap((prompt) => prompt.logProbs);
    expect(logProbs.length).toBe(tokens);
    // Of a mean of hundreds of logarithms the last bits go.
    expect(-logProbs.reduce((a, b) => a + b, 0) / tokens).toBeCloseTo(nll_per_token, 12);
  });

  it("holds what a reader of the file needs", async () => {
    const sketch = await made;
    expect(sketch).toMatchObject({ name: "tiny-stories-it", madeBy: "a spec" });
    expect(Object.keys(sketch.weights).length).toBe(model.tensors.size);
    expect(sketch.weights["model.norm.weight"].dtype).toBe("bfloat16");
    expect(sketch.tokens.length).toBe(64);
    const [{ positions, sampled, stream, budgets }] = sketch.prompts;
    for (const { top, logits } of positions) {
      expect(top.length).toBe(32);
      expect(logits).toEqual([...logits].sort((a, b) => b - a));
    }
    // A random token among the first 32 has the same logit in both places.
    const { top, logits } = positions[3];
    const shared = sketch.tokens.filter((id) => top.includes(id));
    expect(shared.length).toBeGreaterThan(0);
    for (const id of shared) {
      expect(logits[top.indexOf(id)]).toBe(sampled[3][sketch.tokens.indexOf(id)]);
    }
    expect(Object.keys(stream)).toEqual([
      "hook_embed",
      ...[0, 1, 2, 3].map((l) => `blocks.${l}.hook_resid_post`),
      "ln_final.hook_out",
    ]);
    expect(budgets.float32?.ways).toEqual(["float32, fused sums", "float32, angles divided"]);
  });

  it("is written and read again, bit for bit, and damage is refused", async () => {
    const sketch = await made;
    const bytes = writeSketch(sketch);
    expect(readSketch(bytes, "s.json")).toEqual(sketch);
    const changed = (change: object) =>
      readSketch(new TextEncoder().encode(JSON.stringify({ ...sketch, ...change })), "s.json");
    expect(() => changed({ format: "other" })).toThrow(
      '"format" expected "gemma-reference-sketch"',
    );
    expect(() => changed({ protocol: 2 })).toThrow("a newer gemma-reference reads it");
    const [prompt] = sketch.prompts;
    const cut = { ...prompt, positions: prompt.positions.slice(1) };
    expect(() => changed({ prompts: [cut] })).toThrow(
      'readSketch: s.json: "prompts[0].positions" expected a list of 31, got 30',
    );
    const without = { ...prompt, stream: {} };
    expect(() => changed({ prompts: [without] })).toThrow(
      '"prompts[0].hook_embed" expected a list',
    );
  });

  it("refuses prompts that the model cannot have", async () => {
    const refused = (prompts: unknown, options = {}) =>
      expect(makeSketch(model, prompts as number[][], options)).rejects;
    await refused([]).toThrow('"prompts" expected a list of prompts');
    await refused([[2, 1024]]).toThrow('"ids[1]" expected an integer from 0 to 1023');
    await refused([[2, 5]], { continueBy: 511 }).toThrow('"continueBy" expected');
    await refused([[2, 5]], { ways: "most" }).toThrow('"ways" expected all | few');
    await refused([[2, 5]], { accuracies: ["f8"] }).toThrow('"accuracy" expected float64 | ');
  });

  it("stops when told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(makeSketch(model, [[2, 5]], { signal })).rejects.toThrow("enough");
  });
});

describe("an engine that is right", () => {
  const classes = { float64, float32, bfloat16 } as const;
  it.each(Object.entries(classes))("passes in %s", async (name, precision) => {
    const { weights, greedy, ...rest } = await compared(
      engineAsTestee(name as Accuracy, { precision }),
    );
    expect(weights.status).toBe("pass");
    expect(statusesOf(rest)).toEqual(PASS);
    expect(name === "bfloat16" ? "pass, tie" : "pass").toContain(greedy.status);
  });

  it("in bfloat16 does not pass for one in float32", async () => {
    const { stream, logits } = await compared(engineAsTestee("float32", { precision: bfloat16 }));
    expect([stream.status, logits.status]).toEqual(["fail", "fail"]);
    expect(stream.message).toMatch(/^hook_embed is the first point/);
  });
});

describe("an engine that is wrong", () => {
  /** Bugs, and the first point of the stream that they change; none where only logits change. */
  const SEEN: readonly (readonly [id: string, first: string | undefined])[] = [
    ["embed-scale-bfloat16", "hook_embed"],
    ["gelu-erf", "blocks.0.hook_resid_post"],
    ["rope-interleaved", "blocks.0.hook_resid_post"],
    ["attention-softcap-50", "blocks.0.hook_resid_post"],
    ["cache-chunk-restarts-position", "blocks.0.hook_resid_post"],
    ["structure-no-final-norm", "ln_final.hook_out"],
    ["structure-logit-cap-30", undefined],
  ];

  it.each(SEEN)("%s fails in float32, and first at %s", async (id, first) => {
    const mutant = MUTANTS.find((one) => one.id === id)?.parts as Parts;
    const { stream, logits } = await compared(
      engineAsTestee("float32", { ...mutant, precision: float32 }),
    );
    expect(logits.status).toBe("fail");
    expect(stream.status).toBe(first ? "fail" : "pass");
    expect(stream.taps.find(({ over }) => over > 1)?.tap).toBe(first);
  });

  it.each([0, 1, 2, 3])("in block %i alone is found there", async (layer) => {
    const { stream, logits, greedy } = await compared(
      engineAsTestee("bfloat16", { precision: bfloat16 }, (whole) =>
        withBlock(whole, layer, ({ gateProj, upProj }) => ({ gateProj: upProj, upProj: gateProj })),
      ),
    );
    expect(stream.message).toMatch(
      new RegExp(
        `^blocks.${layer}.hook_resid_post \\(layers.${layer}.output\\) is the first point`,
      ),
    );
    expect([logits.status, greedy.status]).toEqual(["fail", "fail"]);
    expect(greedy.message).toMatch(
      /comes first, expected \d+, which leads by [\d.]+; noise reaches /,
    );
  });

  it("in one logit is told by token and position", async () => {
    const sketch = await made;
    const right = engineAsTestee("float32", { precision: float32 });
    const [token] = sketch.tokens;
    const { logits, stream } = await compared({
      ...right,
      async forward(feed, taps) {
        const outputs = await right.forward(feed, taps);
        if (feed.pos === 23) {
          const all = outputs.get("logits") as NdArray;
          all.set(0, token, all.get(0, token) + 1);
        }
        return outputs;
      },
    });
    expect(stream.status).toBe("pass");
    expect(logits.message).toMatch(new RegExp(`^the logit of token ${token} at position 23 is `));
    expect(logits.taps[0].at).toEqual([23, token]);
  });
});

describe("arrays", () => {
  const outputs = readWeights(model.config, model.tensors).then(async (engineModel) => {
    const [{ ids }] = (await made).prompts;
    return new Engine(engineModel, { precision: float32 }).feed(ids, 0);
  });
  const arrays = async (names: (tap: string) => string | undefined) => {
    const named = [...(await outputs)].map(([tap, array]) => [names(tap), array] as const);
    return new Map(named.filter((one): one is [string, NdArray] => one[0] !== undefined));
  };

  it("are taken by prompt and tap, under either name", async () => {
    const ours = await arrays((tap) => `prompt-0/${tap}`);
    expect(statusesOf(await compared(ours))).toEqual({ ...PASS, greedy: "pass" });
    const golden = await arrays((tap) => {
      const [, layer] = /^blocks\.(\d)\.hook_resid_post$/.exec(tap) ?? [];
      return layer ? `prompt-0/layers.${layer}.output` : undefined;
    });
    const { stream, logits } = await compared(golden);
    expect(stream.taps.map(({ tap }) => tap)).toEqual(
      [0, 1, 2, 3].map((l) => `blocks.${l}.hook_resid_post`),
    );
    expect(stream.status).toBe("pass");
    expect([logits.status, logits.message]).toEqual(["unsupported", "gave none of logits"]);
  });

  it("may hold the last row alone", async () => {
    const all = (await outputs).get("logits") as NdArray;
    const last = tensor(all.data.slice(-1024), [1, 1024]);
    const stream = (await outputs).get("blocks.3.hook_resid_post") as NdArray;
    const lastOfStream = tensor(stream.data.slice(-128), [1, 128]);
    const results = await compared(
      new Map([
        ["prompt-0/logits", last],
        ["prompt-0/blocks.3.hook_resid_post", lastOfStream],
      ]),
    );
    expect(statusesOf(results)).toEqual({
      stream: "pass",
      logits: "pass",
      likelihood: "unsupported",
      divergence: "pass",
      greedy: "pass",
    });
    last.data[700] += 20;
    expect((await compared(new Map([["prompt-0/logits", last]]))).divergence.message).toMatch(
      /^at least [\d.]+ nats at position 30, /,
    );
  });

  it("of another shape are errors, and NaN fails", async () => {
    const narrow = tensor(new Float32Array(31 * 1000), [31, 1000]);
    const { logits, greedy } = await compared(new Map([["prompt-0/logits", narrow]]));
    const message = "logits has shape [31, 1000], expected [31, 1024]";
    expect([logits, greedy]).toMatchObject([
      { status: "error", message },
      { status: "error", message },
    ]);
    const bad = tensor(new Float32Array(31 * 1024).fill(Number.NaN), [31, 1024]);
    const results = await compared(new Map([["prompt-0/logits", bad]]));
    expect(results.logits).toMatchObject({ status: "fail" });
    expect(results.divergence.status).toBe("fail");
  });
});

describe("what was not run", () => {
  it("says why", async () => {
    const results = await compareSketch(engineAsTestee("float32"), await made);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["skip"]));
    expect(results[0].message).toBe(
      "needs the weights of tiny-stories-it, which the sketch was made of",
    );
    expect(withoutSketch()).toMatchObject({
      status: "skip",
      message: expect.stringMatching(/^needs a sketch of your weights: /),
    });
    const { logits } = await compared(engineAsTestee("q4"));
    expect(logits).toMatchObject({
      status: "skip",
      message: "the sketch has no budgets for q4: make it again with that class",
    });
  });

  it("is unsupported where the testee says so, and an error otherwise; then the model is loaded again", async () => {
    const right = engineAsTestee("float32", { precision: float32 });
    const sketch = await made;
    const twice = {
      ...sketch,
      prompts: [sketch.prompts[0], { ...sketch.prompts[0], id: "again" }],
    };
    const loads: string[] = [];
    let failure: Error | undefined = new Error("the process ended");
    const testee: Testee = {
      ...right,
      async load(given) {
        loads.push(given.name);
        await right.load(given);
      },
      async forward(feed, taps) {
        const thrown = failure;
        failure = undefined;
        if (thrown) throw thrown;
        return right.forward(feed, taps);
      },
    };
    const statuses = async () => {
      const results = await compareSketch(testee, twice, { model });
      return results.map(({ status }) => status);
    };
    expect(await statuses()).toEqual(["pass", ...Array(5).fill("error"), ...Array(5).fill("pass")]);
    expect(loads.length).toBe(2);
    failure = new UnsupportedError({ op: "forward", expected: "a model", got: "no models" });
    expect(await statuses()).toEqual([
      ...["pass", ...Array(5).fill("unsupported")],
      ...Array(5).fill("pass"),
    ]);
  });
});

describe("the weights", () => {
  const NORM = "model.norm.weight";
  const withNorm = async (change: Parameters<typeof derived>[1] | undefined) => {
    const tensors = new Map(model.tensors);
    const norm = tensors.get(NORM);
    if (norm && change) tensors.set(NORM, derived(norm, change));
    else tensors.delete(NORM);
    const [first] = await compareSketch(new Map(), await made, { model: { ...model, tensors } });
    return first;
  };

  it("are told from others", async () => {
    const rows = async (begin: number, end: number) => new Uint8Array(2 * (end - begin));
    expect(await withNorm({ rows })).toMatchObject({
      id: "t4.tiny-stories-it.weights",
      status: "fail",
      message: "model.norm.weight of tiny-stories-it is another one than the sketch was made of",
    });
    expect(await withNorm(undefined)).toMatchObject({
      status: "fail",
      message: "tiny-stories-it has no model.norm.weight",
    });
  });

  it("in another dtype cannot be compared", async () => {
    expect(await withNorm({ dtype: "float16" })).toMatchObject({
      status: "skip",
      message: expect.stringContaining("is bfloat16 in the sketch and float16 here"),
    });
  });
});
