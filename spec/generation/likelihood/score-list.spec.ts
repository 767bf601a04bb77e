/** The likelihood of several texts, in passes that they share. */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { Gemma } from "../../../src/gemma.ts";
import { score, scoreList } from "../../../src/generation/likelihood/score.ts";
import { counting } from "../../support/counting.ts";
import { fixtureFolder } from "../../support/files.ts";
import { loadOn } from "../../support/goldens.ts";
import { logged } from "../../support/pass-log.ts";

const TEXTS = [3, 40, 2, 7, 90, 12, 2, 25].map((length, k) =>
  Array.from({ length }, (_, i) => (i === 0 ? 2 : 3 + ((k * 31 + i * 7) % 300))),
);

async function setUp(maxRows = 16) {
  const { backend: counted, account } = counting(cpuBackend({ maxRows, precision: "float64" }));
  const logits: number[] = [];
  const { backend, log } = logged({
    ...counted,
    alloc(label, rows, columns) {
      if (label === "logits") logits.push(rows);
      return counted.alloc(label, rows, columns);
    },
  });
  return { model: await loadOn("mqa", backend), account, log, logits };
}

describe("scoreList", () => {
  it("gives each text the score that it has alone, to the bit, in full passes", async () => {
    const { model, log, account, logits } = await setUp();
    const scores = await scoreList(model, TEXTS);
    expect(account.out.kv).toBe(0);
    const fed = TEXTS.map(({ length }) => length - 1).reduce((a, b) => a + b);
    const sizes = log.passes.map(({ length }) => length);
    expect(sizes.reduce((a, b) => a + b)).toBe(fed);
    expect(sizes.length).toBeLessThanOrEqual(Math.ceil(fed / 16) + 2);
    expect(Math.max(...logits)).toBeLessThanOrEqual(16);
    for (const [i, text] of TEXTS.entries()) expect(scores[i]).toEqual(await score(model, text));
    expect(await scoreList(model, [])).toEqual([]);
  });

  it("has no more texts under way than have rows for two passes", async () => {
    const { model, account } = await setUp();
    const { createCache } = model;
    let most = 0;
    model.createCache = (options) => {
      const cache = createCache.call(model, options);
      most = Math.max(most, account.out.kv);
      return cache;
    };
    await scoreList(model, new Array(100).fill(TEXTS[0])); // two tokens are fed of each
    expect(most).toBeGreaterThanOrEqual(8); // a full pass
    expect(most).toBeLessThanOrEqual(32); // a row of each, in two
    most = 0;
    await scoreList(model, [TEXTS[4], TEXTS[4], TEXTS[4]]); // longer than that: one after another
    expect(most).toBe(2); // the next begins with the last rows of the one before
  });

  it("stops where it is told to, or where one fails, and leaves nothing", async () => {
    const { model, account, log } = await setUp();
    const abort = new AbortController();
    log.onRead = (pass) => {
      if (pass === 3) abort.abort("enough");
    };
    await expect(scoreList(model, TEXTS, { signal: abort.signal })).rejects.toBe("enough");
    expect([account.out.kv, log.passes.length]).toEqual([0, 3]);
    log.onRead = () => {};
    log.passes.length = 0;
    const { forwardEach } = model;
    const broken = new Error("the third");
    let asked = 0;
    model.forwardEach = async (...args) => {
      if (++asked === 3) throw broken;
      return forwardEach.apply(model, args);
    };
    await expect(scoreList(model, TEXTS)).rejects.toBe(broken);
    expect([account.out.kv, asked < TEXTS.length, log.passes.length < 5]).toEqual([0, true, true]);
  });

  it("refuses a text with nothing to predict, by its place, before anything is computed", async () => {
    const { model, log } = await setUp();
    for (const [bad, message] of [
      [[2], /scoreList: "prompts\[1\]" expected at least two tokens/],
      [[2, 999], /"prompts\[1\]\[1\]" expected an integer from 0 to 319/],
      [new Array(300).fill(2), /"prompts\[1\]" expected 2 to 257 tokens/],
    ] as const) {
      await expect(scoreList(model, [TEXTS[0], bad])).rejects.toThrow(message);
    }
    expect(log.passes).toEqual([]);
    const gemma = await Gemma.load(fixtureFolder("tiny-stories"));
    const [a, b] = await gemma.score(["Mira the fox", "Sam"]);
    expect([a, b]).toEqual([await gemma.score("Mira the fox"), await gemma.score("Sam")]);
    await expect(gemma.score(["Mira", ""])).rejects.toThrow(/^score: "prompts\[1\]" expected/);
    await gemma.dispose();
  });
});
