/** Calls that run at the same time share passes; each gets what it gets alone, and nothing of the others. */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Backend, BackendError } from "../../../src/backend/backend.ts";
import { type CpuHandles, cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { turnOfTheEventLoop } from "../../../src/event-loop.ts";
import type { KVCache } from "../../../src/model/kv-cache.ts";
import type { Model } from "../../../src/model/model.ts";
import type { WantedLogits } from "../../../src/model/passes.ts";
import { embed } from "../../../src/nn/embedding.ts";
import { deferredBackend } from "../../support/deferred-backend.ts";
import { loadOn, promptIds } from "../../support/goldens.ts";
import { logged } from "../../support/pass-log.ts";

const ids = promptIds("mqa", "prompt-40");
const long = Array.from({ length: 200 }, (_, i) => 3 + (i % 300));

async function loggedModel(maxRows = 64, change: Partial<Backend<CpuHandles>> = {}) {
  const { backend, log } = logged({ ...cpuBackend({ maxRows }), ...change });
  return { model: await loadOn("mqa", backend), log };
}

/** Feeds tokens one after another, as an answer does. */
async function decode(
  model: Model<CpuHandles>,
  cache: KVCache<CpuHandles>,
  tokens: readonly number[],
): Promise<number[][]> {
  const out: number[][] = [];
  for (const id of tokens) out.push([...(await model.forward([id], cache)).data]);
  return out;
}

const plain = await loadOn("mqa", cpuBackend());
/** Logits of the last token of each feed, on a model of its own. */
async function alone(feeds: readonly (readonly number[])[]): Promise<number[][]> {
  const cache = plain.createCache();
  const out: number[][] = [];
  for (const feed of feeds) out.push([...(await plain.forward(feed, cache)).data]);
  cache.dispose();
  return out;
}

describe("calls at the same time", () => {
  it("share passes: prompts together, then a token of each, as long as each goes on", async () => {
    const { model, log } = await loggedModel();
    const answers = [3, 5, 2].map(async (count, i) => {
      const cache = model.createCache();
      const [prompt, tokens] = [ids.slice(0, 4 + i), ids.slice(10, 10 + count)];
      const first = [...(await model.forward(prompt, cache)).data];
      const got = [first, ...(await decode(model, cache, tokens))];
      expect(got).toEqual(await alone([prompt, ...tokens.map((id) => [id])]));
    });
    await Promise.all(answers);
    expect(log.passes.map(({ length }) => length)).toEqual([4 + 5 + 6, 3, 3, 2, 1, 1]);
  });

  it("get the bits that each gets alone, whoever comes, waits or gives up in between", async () => {
    const step = fc.record({
      count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 30 })),
      wait: fc.nat(3),
      logits: fc.constantFrom<WantedLogits>("last", "last", "all", "none", 3),
      abort: fc.option(fc.nat(4), { freq: 6 }),
    });
    const user = fc.record({
      from: fc.nat(100),
      steps: fc.array(step, { minLength: 1, maxLength: 5 }),
    });
    const turns = async (count: number) => {
      for (let i = 0; i < count; i++) await turnOfTheEventLoop();
    };
    const models = await Promise.all([1, 3, 8, 64].map((maxRows) => loggedModel(maxRows)));
    let aborted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(user, { minLength: 2, maxLength: 6 }),
        fc.constantFrom(...models),
        async (users, { model }) => {
          const talks = users.map(async ({ from, steps }) => {
            const cache = model.createCache();
            const held: number[] = [];
            for (const { count, wait, logits, abort } of steps) {
              await turns(wait);
              const some = long.slice(from, from + count).map((id) => id + held.length);
              const controller = new AbortController();
              const going = model.forward(some, cache, { logits, signal: controller.signal });
              const settled = going.catch((reason) => expect(reason).toBe("enough"));
              if (abort !== null) {
                await turns(abort);
                controller.abort("enough");
              }
              await settled;
              if (cache.length < held.length + count) aborted++;
              held.push(...some.slice(0, cache.length - held.length));
            }
            const [last] = await decode(model, cache, [5]);
            cache.dispose();
            return { fed: [...held, 5], last };
          });
          for (const { fed, last } of await Promise.all(talks)) {
            expect(last).toEqual((await alone([fed]))[0]);
          }
        },
      ),
      { numRuns: 16, seed: 11 },
    );
    expect(aborted).toBeGreaterThan(3);
  });

  it("get logits in memory of their own, though they were read together", async () => {
    const { model, log } = await loggedModel();
    const calls = [3, 4].map((id) => model.forward([id], model.createCache()));
    const [a, b] = (await Promise.all(calls)).map(({ data }) => data as Float32Array);
    expect(log.passes).toEqual([[3, 4]]);
    for (const { buffer, byteLength } of [a, b]) expect(buffer.byteLength).toBe(byteLength);
  });

  it("are as good on a backend that computes when it is read", async () => {
    const { backend, log } = logged(deferredBackend());
    const model = await loadOn("mqa", backend);
    const prompts = [ids.slice(0, 30), ids.slice(0, 3), ids.slice(0, 12)];
    const both = async (prompt: readonly number[]) => {
      const cache = model.createCache();
      const first = (await model.forward(prompt, cache)).data;
      return [[...first], [...(await model.forward([7], cache)).data]];
    };
    const apart = [];
    for (const prompt of prompts) apart.push(await both(prompt));
    log.passes.length = 0;
    expect(await Promise.all(prompts.map(both))).toEqual(apart);
    expect(log.passes.map(({ length }) => length)).toEqual([24, 4 + 2, 17, 1]);
  });
});

describe("the room for logits", () => {
  it("is that of the rows that are wanted, doubling, and what it was before is freed", async () => {
    const cpu = cpuBackend();
    const rooms = new Map<unknown, number>();
    const { model } = await loggedModel(64, {
      alloc(label, rows, columns) {
        const handle = cpu.alloc(label, rows, columns);
        if (label === "logits") rooms.set(handle, rows);
        return handle;
      },
      free: (_, handle) => void rooms.delete(handle),
    });
    const caches = Array.from({ length: 20 }, () => model.createCache());
    const seen: number[][] = [];
    for (const count of [1, 2, 3, 2, 9, 20]) {
      await Promise.all(caches.slice(0, count).map((cache) => model.forward([5], cache)));
      seen.push([...rooms.values()]);
    }
    expect(seen).toEqual([[1], [1, 2], [1, 4], [1, 4], [1, 9], [1, 20]]);
    await model.forward(long.slice(0, 60), model.createCache(), { logits: "all" });
    expect([...rooms.values()]).toEqual([1, 60]);
    model.dispose();
    expect(rooms.size).toBe(0);
  });
});

describe("a long prompt", () => {
  it("does not keep answers waiting, nor they it", async () => {
    const { model, log } = await loggedModel(16);
    const tokens = ids.slice(0, 30);
    const answering = [1, 2].map(async (first) => {
      const cache = model.createCache();
      await decode(model, cache, [first, ...tokens]);
    });
    const prefill = (async () => {
      while (log.passes.length < 4) await turnOfTheEventLoop();
      await model.forward(long.slice(0, 50), model.createCache());
      return log.passes.length;
    })();
    const end = await prefill;
    await Promise.all(answering);
    // Passes of four rows, two of which are the answers', and then two rows left for the prompt.
    const sizes = log.passes.map(({ length }) => length);
    expect(sizes.filter((size) => size === 4)).toHaveLength(25);
    expect(sizes.filter((size) => size === 2).length).toBe(sizes.length - 25);
    expect(sizes).toHaveLength(31);
    expect(end).toBeLessThan(31);
  });

  it("by itself is recorded two passes ahead, and answers never", async () => {
    const { model, log } = await loggedModel(16);
    const cache = model.createCache();
    await model.forward(long.slice(0, 100), cache);
    expect([log.passes.length, log.mostOutstanding]).toEqual([7, 2]);
    log.mostOutstanding = 0;
    await Promise.all([
      decode(model, cache, [3, 4]),
      decode(model, model.createCache(), [5, 6]),
      model.forward(long.slice(0, 4), model.createCache()),
    ]);
    expect(log.mostOutstanding).toBe(1);
  });
});

describe("an abort", () => {
  it("ends one at once, its cache is free, and those beside it have their bits", async () => {
    const { model, log } = await loggedModel();
    const [a, b] = [model.createCache(), model.createCache()];
    const abort = new AbortController();
    log.onRead = async () => {
      log.onRead = () => {};
      abort.abort("enough");
      await expect(first).rejects.toBe("enough"); // while the pass is still under way
      expect(a.length).toBe(0);
      a.rewind(0);
      again = model.forward(ids.slice(3, 9), a);
    };
    let again: Promise<unknown> | undefined;
    const first = model.forward(ids.slice(0, 20), a, { signal: abort.signal });
    const second = model.forward(ids.slice(0, 7), b);
    expect([[...(await second).data]]).toEqual(await alone([ids.slice(0, 7)]));
    await again;
    const [probe] = await decode(model, a, [4]);
    expect([probe]).toEqual(await alone([[...ids.slice(3, 9), 4]]));
  });

  it("of all that are in a pass has the backend drop it", async () => {
    const signals: AbortSignal[] = [];
    const cpu = cpuBackend();
    const backend: Backend<CpuHandles> = {
      ...cpu,
      read(src, rows, signal) {
        if (signal) signals.push(signal);
        return cpu.read(src, rows, signal);
      },
    };
    const model = await loadOn("mqa", backend);
    const aborts = [new AbortController(), new AbortController()];
    const going = aborts.map(({ signal }) => {
      return model.forward(ids.slice(9), model.createCache(), { signal }).catch((reason) => reason);
    });
    await turnOfTheEventLoop();
    await turnOfTheEventLoop();
    aborts[0].abort("one");
    expect([signals.length, signals[0].aborted]).toEqual([1, false]);
    aborts[1].abort("two");
    expect(signals[0].aborted).toBe(true);
    expect(await Promise.all(going)).toEqual(["one", "two"]);
  });

  it("of a call with several sequences ends all of them", async () => {
    const { model, log } = await loggedModel(8);
    const caches = [model.createCache(), model.createCache()];
    const abort = new AbortController();
    log.onRead = (pass) => {
      if (pass === 3) abort.abort("enough");
    };
    const batch = caches.map((cache) => ({ ids: long.slice(0, 60), cache }));
    await expect(model.forward(batch, { signal: abort.signal })).rejects.toBe("enough");
    for (const cache of caches) expect(cache.length).toBeLessThan(60);
    const passes = log.passes.length;
    for (let i = 0; i < 5; i++) await turnOfTheEventLoop();
    expect(log.passes.length).toBe(passes);
    for (const { cache } of batch) {
      const held = long.slice(0, cache.length);
      expect(await decode(model, cache, [9])).toEqual(await alone([[...held, 9]]));
    }
  });
});

describe("what goes wrong", () => {
  /** A model whose embedding of one id throws. */
  async function allergic() {
    const components = {
      embed: ((some, table, options) => {
        if (Array.from(some as Int32Array).includes(13)) throw new RangeError("thirteen");
        return embed(some, table, options);
      }) as typeof embed,
    };
    const { backend, log } = logged(cpuBackend({ maxRows: 16, components }));
    return { model: await loadOn("mqa", backend), log };
  }

  it("in a shared pass reaches the call that it belongs to: the others are computed again", async () => {
    const { model, log } = await allergic();
    const calls = [
      [3, 4],
      [5, 13, 6],
      [7, 8],
      [13, 13],
    ].map((prompt) => model.forward(prompt, model.createCache()).then(({ data }) => [...data]));
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "rejected",
    ]);
    for (const [i, prompt] of [
      [0, [3, 4]],
      [2, [7, 8]],
    ] as const) {
      expect(settled[i]).toMatchObject({ value: (await alone([prompt]))[0] });
    }
    const { reason } = settled[1] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(BackendError);
    expect(reason.cause).toMatchObject({ message: "thirteen" });
    const again = log.passes.slice(1).map((pass) => `${pass}`);
    expect(log.passes[0]).toHaveLength(9);
    expect(again.sort()).toEqual(["13,13", "3,4", "5,13,6", "7,8"]);
    // And the next pass is shared again.
    log.passes.length = 0;
    await Promise.all([3, 4].map((id) => model.forward([id], model.createCache())));
    expect(log.passes).toEqual([[3, 4]]);
  });

  it("leaves what was ahead of it as it is", async () => {
    const { model } = await allergic();
    const [a, b] = [model.createCache(), model.createCache()];
    const some = long.slice(0, 60).map((id) => (id === 13 ? 14 : id));
    const bad = [...some.slice(0, 30), 13, ...some.slice(0, 20)];
    const settled = await Promise.allSettled([
      model.forward(bad, a, { logits: "none" }),
      model.forward(some, b, { logits: "none" }),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await decode(model, b, [9])).toEqual(await alone([[...some, 9]]));
    const held = bad.slice(0, a.length);
    expect(a.length).toBeLessThan(31);
    expect(await decode(model, a, [9])).toEqual(await alone([[...held, 9]]));
  });

  it("with the whole device reaches all", async () => {
    const lost = new BackendError({ op: "gpu", kind: "lost", got: "the driver was reset" });
    const { model, log } = await loggedModel();
    const caches = [0, 1, 2].map(() => model.createCache());
    log.onRead = () => Promise.reject(lost);
    const calls = caches.map((cache) => model.forward([3], cache));
    for (const call of calls) await expect(call).rejects.toBe(lost);
    for (const cache of caches) expect(() => cache.rewind(0)).not.toThrow();
  });

  it("to a cache that is disposed, or in a function that takes logits, is its own", async () => {
    const { model } = await loggedModel(8);
    const [a, b, c] = [0, 1, 2].map(() => model.createCache());
    const calls = [
      model.forward(long.slice(0, 40), a),
      model.forward(long.slice(0, 30), b),
      model.forwardEach(long.slice(0, 30), c, () => {
        throw new RangeError("not now");
      }),
    ];
    await turnOfTheEventLoop();
    a.dispose();
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected"]);
    expect((settled[0] as PromiseRejectedResult).reason.message).toContain("a cache in use");
    expect((settled[2] as PromiseRejectedResult).reason.message).toBe("not now");
    expect(await decode(model, b, [9])).toEqual(await alone([[...long.slice(0, 30), 9]]));
  });

  it("with the model, which is disposed, reaches all that wait", async () => {
    const { model, log } = await loggedModel(8);
    const reason = new Error("over");
    const caches = [0, 1].map(() => model.createCache());
    const calls = caches.map((cache) => model.forward(long, cache));
    log.onRead = () => model.dispose(reason);
    for (const call of calls) await expect(call).rejects.toBe(reason);
    const passes = log.passes.length;
    await turnOfTheEventLoop();
    expect(log.passes.length).toBe(passes);
  });
});

describe("forwardEach", () => {
  it("hands over those of the last so many tokens alone, if that is asked", async () => {
    const { model } = await loggedModel(16);
    const V = model.config.vocabSize;
    const some = long.slice(0, 40);
    const all = (await plain.forward(some, plain.createCache(), { logits: "all" })).data;
    for (const logits of [0, 1, 13, 40, 100]) {
      const seen: number[] = [];
      const take: Parameters<typeof model.forwardEach>[2] = ({ data: rows, shape }, begin) => {
        expect(rows).toEqual((all as Float32Array).slice(begin * V, (begin + shape[0]) * V));
        for (let r = 0; r < shape[0]; r++) seen.push(begin + r);
      };
      await model.forwardEach(some, model.createCache(), take, { logits });
      const first = Math.max(0, some.length - logits);
      expect(seen).toEqual(Array.from({ length: some.length - first }, (_, i) => first + i));
      const { shape } = await model.forward(some, model.createCache(), { logits });
      expect(shape).toEqual([some.length - first, V]);
    }
    const odd = model.forward(some, model.createCache(), { logits: 1.5 });
    await expect(odd).rejects.toThrow(
      'forward: "logits" expected "last", "all", "none", or a number of last tokens, got 1.5',
    );
  });

  it("hands logits over as they come, no more than a pass has rows, and stops where it is told to", async () => {
    const { model, log } = await loggedModel(16);
    const V = model.config.vocabSize;
    const wanted = await Promise.all(
      [long.slice(0, 40), long.slice(7, 32)].map(async (some) => ({
        some,
        data: (await plain.forward(some, plain.createCache(), { logits: "all" })).data,
      })),
    );
    log.passes.length = 0;
    await Promise.all(
      wanted.map(async ({ some, data }) => {
        let next = 0;
        const take: Parameters<typeof model.forwardEach>[2] = ({ data: rows, shape }, begin) => {
          expect([begin, shape[1]]).toEqual([next, V]);
          expect(rows).toEqual((data as Float32Array).slice(begin * V, (begin + shape[0]) * V));
          next += shape[0];
        };
        await model.forwardEach(some, model.createCache(), take);
        expect(next).toBe(some.length);
      }),
    );
    expect(log.passes.map(({ length }) => length)).toEqual([16, 16, 16, 16, 1]);
    const abort = new AbortController();
    const stopped = model.forwardEach(long, model.createCache(), () => abort.abort("enough"), {
      signal: abort.signal,
    });
    await expect(stopped).rejects.toBe("enough");
  });
});

describe("a sequence whose reader is slow", () => {
  it("is waited for, but not for long", async () => {
    const { model, log } = await loggedModel();
    let clock = 1000;
    const now = vi.spyOn(performance, "now").mockImplementation(() => {
      clock += 0.01;
      return clock;
    });
    try {
      log.onRead = () => {
        clock += 80; // milliseconds that a pass takes
      };
      const answer = async (delay: number, count: number) => {
        const cache = model.createCache();
        for (let i = 0; i < count; i++) {
          await model.forward([3 + i], cache);
          for (let j = 0; j < delay; j++) await turnOfTheEventLoop();
        }
      };
      await Promise.all([answer(0, 6), answer(4, 6)]);
      expect(log.passes.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2, 2]);
      log.passes.length = 0;
      // The second is too slow to be waited for every time: the first goes on without it.
      await Promise.all([answer(0, 6), answer(5000, 2)]);
      expect(log.passes.filter(({ length }) => length === 1).length).toBeGreaterThan(3);
    } finally {
      now.mockRestore();
    }
  });
});
