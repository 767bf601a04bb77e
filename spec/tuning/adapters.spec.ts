/**
 * Adapters as people have them, held against NumPy's merge (fixtures/adapters): merged and beside the weights, in all the
 * files that they come in, chosen by a call or for all of them.
 */
import { afterAll, describe, expect, it } from "vitest";
import { openGguf } from "../../src/checkpoint/gguf/open.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import type { GemmaError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import type { GeneratedToken } from "../../src/generation/generation.ts";
import { stackHeadResults } from "../../src/interp/attribution/residual.ts";
import type { GemmaOptions, GemmaSource } from "../../src/load.ts";
import type { AdapterSource } from "../../src/load-adapter.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { readAdapter } from "../../src/tuning/peft/read.ts";
import { fixtureFolder, readFile } from "../support/files.ts";
import { checkpoint, golden } from "../support/goldens.ts";
import { relativeError } from "../support/learning.ts";
import { whole } from "../support/whole.ts";

const BASE = fixtureFolder("gqa");
const ADAPTERS = {
  seven: fixtureFolder("adapters/seven"),
  "query-value": fixtureFolder("adapters/query-value"),
  "two-ranks": fixtureFolder("adapters/two-ranks"),
  "llama-cpp": readFile("fixtures/adapters/llama-cpp.gguf"),
} satisfies Record<string, AdapterSource>;
type Name = keyof typeof ADAPTERS;
const NAMES = Object.keys(ADAPTERS) as Name[];
const numbers = (name: string) => golden("adapters/logits.npz", name);
const IDS = [...numbers("ids")];

const loaded: Gemma[] = [];
afterAll(() => Promise.all(loaded.map((gemma) => gemma.dispose())));

async function load(options: GemmaOptions, source: GemmaSource = BASE): Promise<Gemma> {
  const gemma = await Gemma.load(source, options);
  loaded.push(gemma);
  return gemma;
}

describe("an adapter", () => {
  it.each(NAMES)("%s is W + s · B A when it is merged, as NumPy has it", async (name) => {
    const gemma = await load({ adapter: ADAPTERS[name], precision: "float64" });
    expect(relativeError((await gemma.logits(IDS)).data, numbers(name))).toBeLessThan(1e-12);
    expect(gemma.adapters).toEqual([]);
  });

  it("is the same beside the weights, several by name, and without one the base is itself to the bit", async () => {
    const gemma = await load({ adapters: ADAPTERS, precision: "float64" });
    const alone = await (await load({ precision: "float64" })).logits(IDS);
    expect(relativeError(alone.data, numbers("base"))).toBeLessThan(1e-12);
    expect(gemma.adapters).toEqual(NAMES);
    const all = NAMES.map((adapter) => gemma.logits(IDS, { adapter }));
    const [base, ...own] = await Promise.all([gemma.logits(IDS), ...all]);
    expect(base.data).toEqual(alone.data);
    for (const [i, name] of NAMES.entries()) {
      expect(relativeError(own[i].data, numbers(name))).toBeLessThan(1e-12);
    }
  });

  it("computes on the fast backend and in bfloat16, beside weights of any dtype", async () => {
    const gguf = await whole(writeGguf(await checkpoint("gqa"), { type: "F16" }));
    const narrow = await openGguf(bytesSource(gguf));
    const merged = await load({ adapter: ADAPTERS.seven, precision: "float64" }, narrow);
    const truth = (await merged.logits(IDS)).data;
    // float32: of a few hundred roundings at 2⁻²⁴. bfloat16: at 2⁻⁹, and fewer of them.
    for (const [options, most] of [
      [{ threads: 1 }, 1e-5],
      [{ backend: "cpu" }, 1e-5],
      [{ precision: "bfloat16", embedScale: "exact" }, 0.05],
    ] as const) {
      const gemma = await load({ ...options, adapters: ADAPTERS }, narrow);
      const { data } = await gemma.logits(IDS, { adapter: "seven" });
      expect(relativeError(data, truth)).toBeLessThan(most);
      const plain = await load(options, narrow);
      expect((await gemma.logits(IDS)).data).toEqual((await plain.logits(IDS)).data);
    }
  });

  it("is chosen by each call, or for all that do not say", async () => {
    const gemma = await load({ adapters: ADAPTERS, precision: "float64" });
    const settings = { maxTokens: 6, ignoreEos: true };
    const greedy = async (adapter: Name) => {
      const own = await load({ adapter: ADAPTERS[adapter], precision: "float64" });
      return ids(own.generate(IDS, settings));
    };
    const expected = { seven: await greedy("seven"), "two-ranks": await greedy("two-ranks") };
    const base = await ids(gemma.generate(IDS, settings));
    expect(new Set([base, ...Object.values(expected)].map(String)).size).toBe(3);
    const running = gemma.generate(IDS, { ...settings, adapter: "seven" });
    expect(gemma.adapter).toBe(null);
    gemma.useAdapter("two-ranks");
    expect([gemma.adapter, gemma.model.adapter]).toEqual(["two-ranks", "two-ranks"]);
    expect(await ids(running)).toEqual(expected.seven);
    expect(await ids(gemma.generate(IDS, settings))).toEqual(expected["two-ranks"]);
    expect(await ids(gemma.generate(IDS, { ...settings, adapter: null }))).toEqual(base);
    const [first] = await gemma.generateBatch([IDS], { ...settings, adapter: "seven" });
    expect(first.tokens.map(String)).toEqual(expected.seven.map((one) => one.split(" ")[0]));
    const list = gemma.generate([IDS], settings);
    expect(await ids(list[0])).toEqual(expected["two-ranks"]);
    const [scored, one] = await Promise.all([
      gemma.score([IDS]),
      gemma.score(IDS, { adapter: null }),
    ]);
    expect(scored[0].total).not.toBe(one.total);
    const vectors = [
      gemma.embed(IDS),
      gemma.embed(IDS, { adapter: "two-ranks" }),
      gemma.embed(IDS, { adapter: null }),
    ];
    const [inUse, named, alone] = await Promise.all(vectors);
    expect(inUse).toEqual(named);
    expect(inUse).not.toEqual(alone);
    const trace = await gemma.trace(IDS, { names: ["logits"] });
    expect(relativeError(trace.get("logits")?.data ?? [], numbers("two-ranks"))).toBeLessThan(
      1e-12,
    );
    gemma.useAdapter(null);
    expect(await ids(gemma.generate(IDS, settings))).toEqual(base);
  });

  it("is seen by all that looks inside: hooks, the lens, attribution, gradients, weights", async () => {
    const gemma = await load({ adapters: ADAPTERS, precision: "float64" });
    const merged = await load({ adapter: ADAPTERS.seven, precision: "float64" });
    gemma.useAdapter("seven");
    const of = async (one: Gemma) => {
      const name = "model.layers.0.self_attn.o_proj.weight";
      const lens = await one.logitLens(IDS, { positions: -1 });
      const { saliency } = await one.tapGradients(IDS, { names: "hook_embed", targets: -1 });
      const hooked = one.runWithHooks(IDS, { "blocks.0.hook_mlp_out": (x) => void x.data.fill(0) });
      const cache = await one.runWithCache(IDS);
      return [
        (await one.weight(name)).data,
        lens.depths.flatMap(({ cells: [cell] }) => (cell?.top ?? []).map(({ logit }) => logit)),
        saliency("hook_embed"),
        (await hooked).data,
        stackHeadResults(cache).values.data,
        (await one.attributeLogit(IDS)).parts.map((part) => part.contribution),
      ];
    };
    const [own, theirs] = [await of(gemma), await of(merged)];
    for (const [i, data] of own.entries()) {
      expect([i, relativeError(data, theirs[i]) < 1e-11]).toEqual([i, true]);
    }
  });

  it("may come later and go again, and keeps its caches to itself", async () => {
    const gemma = await load({ precision: "float64" });
    await gemma.loadAdapter("seven", ADAPTERS.seven);
    gemma.useAdapter("seven");
    const cache = gemma.createCache();
    await ids(gemma.generate(IDS, { cache, maxTokens: 2 }));
    const mixed = gemma.generate([5], { cache, adapter: null });
    await expect(ids(mixed)).rejects.toThrow('got one with the adapter "seven"');
    await expect(gemma.loadAdapter("seven", ADAPTERS.seven)).rejects.toThrow(
      "a name that no adapter has",
    );
    gemma.unloadAdapter("seven");
    expect([gemma.adapter, gemma.adapters]).toEqual([null, []]);
    await expect(ids(gemma.generate([5], { cache }))).rejects.toThrow("removed");
    expect(relativeError((await gemma.logits(IDS)).data, numbers("base"))).toBeLessThan(1e-12);
    expect(() => gemma.useAdapter("seven")).toThrow("there is no adapter");
    expect(() => gemma.generate(IDS, { adapter: "seven" })).toThrow("there is no adapter");
  });

  it("stops on abort, and leaves nothing", async () => {
    const gemma = await load({ precision: "float64" });
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    for (const source of Object.values(ADAPTERS)) {
      await expect(gemma.loadAdapter("a", source, { signal })).rejects.toBe(reason);
    }
    const read = await readAdapter(ADAPTERS.seven, gemma.config);
    await expect(gemma.loadAdapter("a", read, { signal })).rejects.toBe(reason);
    const { sources } = gemma.model;
    await expect(gemma.model.addAdapter("a", read, { sources, signal })).rejects.toBe(reason);
    expect(gemma.adapters).toEqual([]);
  });

  it("is refused where it is of another model, or none", async () => {
    const refused = async (adapters: unknown, base = BASE): Promise<GemmaError> =>
      Gemma.load(base, { adapters: adapters as never }).then(
        () => expect.unreachable("it was loaded"),
        (error) => error,
      );
    for (const source of Object.values(ADAPTERS)) {
      const error = await refused({ mine: source }, fixtureFolder("mqa"));
      expect(error.message).toMatch(/of another model|got \[/);
    }
    for (const wrong of [ADAPTERS.seven, [ADAPTERS.seven], "./seven", null]) {
      expect((await refused(wrong)).message).toContain("{ NAME: FOLDER }");
    }
    const { message } = await refused({ mine: 7 });
    expect(message).toContain('"adapters.mine" expected the folder of an adapter');
    expect((await refused({ "": ADAPTERS.seven })).message).toContain("a name");
    const twice = { a: ADAPTERS.seven, b: filesFolder({ "a.gguf": new Uint8Array(8) }) };
    expect((await refused(twice)).message).toContain("a LoRA GGUF file");
  });
});

/** Tokens with their log-probabilities: two models may choose the same tokens. */
async function ids(generation: AsyncIterable<GeneratedToken>): Promise<string[]> {
  const tokens: string[] = [];
  for await (const { token, logprob } of generation) tokens.push(`${token} ${logprob.toFixed(9)}`);
  return tokens;
}
