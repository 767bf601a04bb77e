/** Several prompts, and several answers to one, side by side. */
import { describe, expect, it, vi } from "vitest";
import { naiveBackend } from "../../../docs/examples/naive-backend.ts";
import type { Backend } from "../../../src/backend/backend.ts";
import { type CpuHandles, cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { turnOfTheEventLoop } from "../../../src/event-loop.ts";
import { Gemma } from "../../../src/gemma.ts";
import { generateList } from "../../../src/generation/batch/generate-list.ts";
import { generate } from "../../../src/generation/generate.ts";
import type { GeneratedToken, Generation } from "../../../src/generation/generation.ts";
import type { Model } from "../../../src/model/model.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import { counting } from "../../support/counting.ts";
import { fixtureFolder } from "../../support/files.ts";
import { loadOn, readFixture } from "../../support/goldens.ts";
import { logged } from "../../support/pass-log.ts";

const tokenizer = Tokenizer.fromBytes(readFixture("tiny-stories/tokenizer.model"));
const prompt = (text: string) => [2, ...tokenizer.encode(text)];
const PROMPTS = ["Once upon a time", "Mira the fox", "Sam", "The sum of"].map(prompt);
const drawn = { maxTokens: 12, temperature: 1.3, seed: 5, stop: ["."] };

async function setUp(change: Partial<Backend<CpuHandles>> = {}) {
  const { backend: counted, account } = counting({ ...cpuBackend(), ...change });
  const { backend, log } = logged(counted);
  const model = await loadOn("tiny-stories", backend);
  await generate(model, undefined, [2], { maxTokens: 1 }).text(); // makes its scratch
  log.passes.length = 0;
  return { model, account, log };
}

/** All that an answer gives. */
async function all(answer: Generation) {
  const steps: GeneratedToken[] = [];
  for await (const step of answer) steps.push(step);
  const { seed, finishReason, stopReason } = answer;
  return { steps, seed, finishReason, stopReason };
}

/** Answer i of a list, by itself. */
function alone(model: Model<CpuHandles>, ids: readonly number[], i: number, options = drawn) {
  return all(generate(model, tokenizer, ids, { ...options, seed: options.seed + i }));
}

describe("a list of prompts", () => {
  it("has each answer as it is alone, with its seed, its stops and its limit, in shared passes", async () => {
    const { model, account, log } = await setUp();
    const before = { ...account.out };
    const answers = await Promise.all(generateList(model, tokenizer, PROMPTS, drawn).map(all));
    expect(account.out.kv).toBe(before.kv);
    const sizes = log.passes.map(({ length }) => length);
    const lengths = answers.map(({ steps }) => steps.length);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    // The prompts in one pass, then a row for each that goes on: an answer of n tokens feeds n − 1.
    const rows = Array.from({ length: Math.max(...lengths) - 1 }, (_, i) => {
      return lengths.filter((length) => length > i + 1).length;
    });
    expect(sizes).toEqual([PROMPTS.flat().length, ...rows]);
    for (const [i, ids] of PROMPTS.entries())
      expect(answers[i]).toEqual(await alone(model, ids, i));
  });

  it("streams each: the first tokens are there before the answers are whole", async () => {
    const { model, log } = await setUp();
    const [a, b] = generateList(model, tokenizer, PROMPTS.slice(0, 2), { maxTokens: 12 });
    await Promise.all([a.next(), b.next()]);
    expect(log.passes.length).toBeLessThan(4);
    expect(a.finishReason).toBeUndefined();
    await Promise.all([a.return(), b.return()]);
  });

  it("goes on side by side though it is read one after another", async () => {
    const { model, log } = await setUp();
    const answers = generateList(model, tokenizer, PROMPTS, { maxTokens: 10, ignoreEos: true });
    expect(log.passes).toEqual([]); // nothing is computed before a token is asked for
    const texts: string[] = [];
    for (const answer of answers) texts.push(await answer.text());
    expect(log.passes.map(({ length }) => length)).toEqual([
      PROMPTS.flat().length,
      ...new Array(9).fill(4),
    ]);
    const options = { maxTokens: 10, ignoreEos: true };
    const wanted = await Promise.all(
      PROMPTS.map((ids) => generate(model, tokenizer, ids, options).text()),
    );
    expect(texts).toEqual(wanted);
  });

  it("is left by one that is given up, and by no other", async () => {
    const { model, account } = await setUp();
    const { kv } = account.out;
    const answers = generateList(model, tokenizer, PROMPTS, drawn);
    const [, unread] = answers;
    const [first, , third, fourth] = answers.map((answer, i) => async () => {
      if (i === 3) return answer.return(); // before it has begun
      if (i === 2) for await (const _ of answer) break;
      return all(answer);
    });
    await fourth();
    await expect(third()).rejects.toThrow("one whose loop has ended");
    expect(await first()).toEqual(await alone(model, PROMPTS[0], 0));
    expect(answers.map(({ finishReason }) => finishReason).slice(2)).toEqual(["abort", "abort"]);
    expect(await all(unread)).toEqual(await alone(model, PROMPTS[1], 1));
    expect(account.out.kv).toBe(kv);
  });

  it("has freed the cache of one that is given up when return() is through", async () => {
    const { model, account } = await setUp();
    const { kv } = account.out;
    const [answer] = generateList(model, tokenizer, [PROMPTS[0]], drawn);
    await answer.next();
    expect(account.out.kv).toBe(kv + 1);
    await answer.return();
    expect(account.out.kv).toBe(kv);
  });

  it("a signal ends all, those that wait for a place too", async () => {
    const { model, account } = await setUp();
    const { kv } = account.out;
    const abort = new AbortController();
    const options = { ...drawn, atOnce: 2, signal: abort.signal };
    const answers = generateList(model, tokenizer, PROMPTS, options);
    await answers[0].next();
    abort.abort();
    await Promise.all(answers.slice(1).map((answer) => answer.text()));
    await answers[0].next();
    while (!(await answers[0].next()).done);
    expect(answers.map(({ finishReason }) => finishReason)).toEqual(new Array(4).fill("abort"));
    expect(account.out.kv).toBe(kv);
  });

  it("has no more answers under way than are asked for, and by default than a pass has rows", async () => {
    const most = async (maxRows: number, atOnce?: number) => {
      const { model, account } = await setUp({ info: { ...cpuBackend().info, maxRows } });
      const { kv } = account.out;
      let most = 0;
      const { createCache } = model;
      model.createCache = (options) => {
        const cache = createCache.call(model, options);
        most = Math.max(most, account.out.kv - kv);
        return cache;
      };
      const prompts = Array.from({ length: 7 }, (_, i) => [2, 50 + i]);
      const answers = generateList(model, undefined, prompts, {
        maxTokens: 3 + (maxRows % 2),
        atOnce,
      });
      const got = await Promise.all(answers.map(all));
      expect(got.every(({ steps }) => steps.length > 0)).toBe(true);
      return most;
    };
    expect(await most(64)).toBe(7);
    expect(await most(64, 2)).toBe(2);
    expect(await most(3)).toBe(3);
  });

  it("is not read although one of it failed: the others are as they are alone", async () => {
    const { model } = await setUp();
    const bad = [2, ...new Array(600).fill(5)]; // longer than the context
    const answers = generateList(model, tokenizer, [PROMPTS[0], bad, PROMPTS[2]], drawn);
    const settled = await Promise.allSettled(answers.map(all));
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(settled[2]).toMatchObject({ value: await alone(model, PROMPTS[2], 2) });
  });
});

describe("samples", () => {
  const ids = PROMPTS[0];

  it("of one prompt are what a run with their seed gives; on a backend that copies, it feeds a prompt once", async () => {
    const { model, log, account } = await setUp();
    const { kv } = account.out;
    const answers = generateList(model, tokenizer, [ids], { ...drawn, samples: 5 });
    const got = await Promise.all(answers.map(all));
    expect(log.passes[0]).toEqual(ids);
    expect(log.passes.slice(1).every(({ length }) => length <= 5)).toBe(true);
    expect(account.out.kv).toBe(kv);
    expect(got.map(({ seed }) => seed)).toEqual([5, 6, 7, 8, 9]);
    expect(new Set(got.map(({ steps }) => `${steps.map(({ token }) => token)}`)).size).toBe(5);
    for (const [i, one] of got.entries()) expect(one).toEqual(await alone(model, ids, i));
  });

  it("are fed by each where the backend does not copy, with the same answers", async () => {
    const { copyKV: _, ...cpu } = cpuBackend();
    const { backend, log } = logged(cpu);
    const model = await loadOn("tiny-stories", backend);
    const options = { ...drawn, maxTokens: 5, samples: 3 };
    const got = await Promise.all(generateList(model, tokenizer, [ids], options).map(all));
    expect(log.passes[0]).toEqual([...ids, ...ids, ...ids]);
    for (const [i, one] of got.entries()) {
      expect(one).toEqual(await alone(model, ids, i, { ...drawn, maxTokens: 5 }));
    }
    const naive = await loadOn("tiny-stories", naiveBackend());
    const [first] = generateList(naive, undefined, [ids, ids], { maxTokens: 2 });
    expect((await all(first)).steps).toHaveLength(2);
  });

  it("of several prompts come one behind the other; equal prompts are fed once, too", async () => {
    const { model, log } = await setUp();
    const [a, b] = [PROMPTS[1], PROMPTS[2]];
    const options = { ...drawn, maxTokens: 4, samples: 2 };
    const got = await Promise.all(generateList(model, tokenizer, [a, b, a], options).map(all));
    expect([...log.passes[0]].sort()).toEqual([...a, ...b].sort());
    for (const [i, one] of got.entries()) {
      expect(one).toEqual(await alone(model, [a, b, a][i >> 1], i, { ...drawn, maxTokens: 4 }));
    }
  });

  it("that are given up leave the others, whoever was to begin first or last", async () => {
    for (const gone of [[0], [2], [0, 1], [1, 2], [0, 1, 2]]) {
      const { model, account } = await setUp();
      const { kv } = account.out;
      const answers = generateList(model, tokenizer, [ids], { ...drawn, samples: 3, atOnce: 2 });
      const going = answers.map((answer) => answer.next());
      await turnOfTheEventLoop();
      await Promise.all(gone.map((i) => answers[i].return()));
      await Promise.all(going);
      for (const [i, answer] of answers.entries()) {
        if (gone.includes(i)) continue;
        const steps = [];
        for await (const step of answer) steps.push(step);
        const { steps: wanted } = await alone(model, ids, i);
        expect(steps).toEqual(wanted.slice(1));
      }
      await vi.waitFor(() => expect(account.out.kv).toBe(kv));
    }
  });

  it("all fail if their prompt does, and leave nothing", async () => {
    const { model, account } = await setUp();
    const { kv } = account.out;
    const bad = [2, ...new Array(600).fill(5)];
    const answers = generateList(model, undefined, [bad], { ...drawn, stop: [], samples: 3 });
    const settled = await Promise.allSettled(answers.map(all));
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(account.out.kv).toBe(kv);
  });

  it("are refused where all would be the same, or there are none", async () => {
    const { model } = await setUp();
    const list = (options: object) => () => generateList(model, tokenizer, [ids], options);
    expect(list({ samples: 2 })).toThrow(/"samples" expected a temperature above 0 with it/);
    for (const samples of [0, 1.5, "2"]) {
      expect(list({ samples, temperature: 1 })).toThrow(/"samples" expected a positive integer/);
    }
    expect(list({ atOnce: 0 })).toThrow(/"atOnce" expected a positive integer/);
    expect(list({ samples: 1 })).not.toThrow();
  });
});

describe("gemma.generate", () => {
  it("takes texts, ids, or one prompt with samples; and one by itself as ever", async () => {
    const gemma = await Gemma.load(fixtureFolder("tiny-stories"));
    const options = { ...drawn, maxTokens: 6 };
    const [a, b] = gemma.generate(["Once upon a time", PROMPTS[1]], options);
    const texts = [await a.text(), await b.text()];
    const one = gemma.generate("Once upon a time", options);
    expect(texts[0]).toBe(await one.text());
    expect(texts[1]).toBe(await gemma.generate(PROMPTS[1], { ...options, seed: 6 }).text());
    const samples = gemma.generate("Once upon a time", { ...options, samples: 2 });
    expect(await Promise.all(samples.map((sample) => sample.text()))).toHaveLength(2);
    expect(await samples[0].text()).toBe(texts[0]);
    const whole = await gemma.generateBatch(["Once upon a time"], { ...options, samples: 2 });
    expect(whole.map(({ text }) => text)).toEqual([texts[0], await samples[1].text()]);
    const same = gemma.generate("Once upon a time", { ...options, samples: undefined });
    expect(await same.text()).toBe(texts[0]);
    await gemma.dispose();
  });
});
