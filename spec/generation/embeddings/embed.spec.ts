/** Texts as vectors, held against NumPy in float64. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { embedList } from "../../../src/generation/embeddings/embed.ts";
import { counting } from "../../support/counting.ts";
import { fixtureFolder } from "../../support/files.ts";
import { loadOn, readJson } from "../../support/goldens.ts";
import { logged } from "../../support/pass-log.ts";

interface Golden {
  text: string;
  mean: number[];
  last: number[];
}
/** By gemma_f64.py and SentencePiece: fixtures/generate/likelihood.py. */
const { embedded } = readJson<{ embedded: Golden[] }>("likelihood/goldens.json");

let gemma: Gemma;
beforeAll(async () => {
  gemma = await Gemma.load(fixtureFolder("tiny-stories"), { precision: "float64" });
});
afterAll(() => gemma.dispose());

/** 1e-12 of the largest: other orders of summing cost 1e-14. */
function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((x, i) => Math.abs(got[i] - x)));
  expect(worst).toBeLessThanOrEqual(1e-12 * largest);
}

describe("the embedding of a text", () => {
  it.each(embedded)("is NumPy's: $text", async ({ text, mean, last }) => {
    expectClose(await gemma.embed(text), mean);
    expectClose(await gemma.embed(text, { pooling: "mean" }), mean);
    expectClose(await gemma.embed(text, { pooling: "last" }), last);
    expectClose(await gemma.embed(gemma.encode(text), { pooling: "last" }), last);
  });

  it("has length 1 when asked to", async () => {
    const [{ text, mean }] = embedded;
    const vector = await gemma.embed(text, { normalize: true });
    const length = Math.hypot(...mean);
    expectClose(
      vector,
      mean.map((x) => x / length),
    );
  });

  it("is what the tap of the final norm has", async () => {
    const [{ text }] = embedded;
    const cache = await gemma.runWithCache(text, { names: "ln_final.hook_out", positions: -1 });
    expect(await gemma.embed(text, { pooling: "last" })).toEqual([
      ...cache.get("ln_final.hook_out").data,
    ]);
  });

  it("is that of each of several, as alone", async () => {
    const texts = embedded.map(({ text }) => text);
    const alone = await Promise.all(texts.map((text) => gemma.embed(text)));
    expect(await gemma.embed(texts)).toEqual(alone);
    expect(JSON.parse(JSON.stringify(alone))).toEqual(alone);
  });

  it("is refused of what is no text, by its name", async () => {
    for (const [call, message] of [
      [() => gemma.embed([]), /embed: "ids" expected 1 to 512 tokens/],
      [() => gemma.embed([[2], [99999]]), /embed: "prompts\[1\]\[0\]" expected an integer/],
      [() => gemma.embed(["a", 5 as never]), /embed: "prompts\[1\]" expected a text or a list/],
      [() => gemma.embed("a", { pooling: "cls" as "last" }), /"pooling" expected "mean" or "last"/],
      [() => gemma.embed(new Array(513).fill(5)), /1 to 512 tokens/],
    ] as const) {
      const error: unknown = await call().catch((error) => error);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(String(error)).toMatch(message);
    }
  });
});

describe("embedList", () => {
  const TEXTS = Array.from({ length: 30 }, (_, k) =>
    Array.from({ length: 1 + ((k * 7) % 11) }, (_, i) => (i === 0 ? 2 : 3 + ((k * 31 + i) % 300))),
  );

  it("computes no logits, in full passes, and leaves nothing", async () => {
    const { backend, account } = counting(cpuBackend({ maxRows: 8, precision: "float64" }));
    const { backend: watched, log } = logged(backend);
    const model = await loadOn("mqa", watched);
    const before = { ...account.out };
    const vectors = await embedList(model, TEXTS);
    expect(account.out).toEqual(before);
    const rows = TEXTS.flat().length;
    expect(log.passes.length).toBeLessThanOrEqual(Math.ceil(rows / 8) + Math.ceil(rows / 32));
    const wide = await loadOn("mqa", cpuBackend({ precision: "float64" }));
    expect(vectors).toEqual(
      await Promise.all(TEXTS.map(async (ids) => (await embedList(wide, [ids]))[0])),
    );
    expect(await embedList(model, [])).toEqual([]);
  });

  it("stops where it is told to, and leaves nothing", async () => {
    const { backend, account } = counting(cpuBackend({ maxRows: 8, precision: "float64" }));
    const { backend: watched, log } = logged(backend);
    const model = await loadOn("mqa", watched);
    const abort = new AbortController();
    log.onRead = (pass) => {
      if (pass === 2) abort.abort("enough");
    };
    await expect(embedList(model, TEXTS, { signal: abort.signal })).rejects.toBe("enough");
    expect(account.out.kv).toBe(0);
  });
});
