/** A cache that was copied goes on as if it had been fed the same. */
import { describe, expect, it } from "vitest";
import { naiveBackend } from "../../docs/examples/naive-backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { counting } from "../support/counting.ts";
import { deferredBackend } from "../support/deferred-backend.ts";
import { loadOn, promptIds } from "../support/goldens.ts";

const ids = promptIds("mqa", "prompt-40");
const long = Array.from({ length: 100 }, (_, i) => 3 + i);

describe.each([
  ["cpu, float64", () => cpuBackend({ precision: "float64" })],
  ["cpu, bfloat16, checked", () => withChecks(cpuBackend({ precision: "bfloat16" }))],
  ["one that computes when it is read", deferredBackend],
])("on %s a copy", (_, make) => {
  it("has what the cache held, to the bit, and the two know nothing of each other", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: backends of several handles
    const model = await loadOn("mqa", make() as any);
    for (const held of [ids.slice(0, 9), long]) {
      const one = model.createCache();
      await model.forward(held, one);
      const copy = await model.copyCache(one);
      expect([copy.length, copy.contextLength]).toEqual([held.length, one.contextLength]);
      const whole = model.createCache();
      const wanted = await model.forward([...held, 7, 8], whole);
      one.rewind(2);
      await model.forward([40, 41, 42], one);
      await model.forward([7], copy);
      one.dispose();
      expect((await model.forward([8], copy)).data).toEqual(wanted.data);
    }
  });
});

describe("copyCache", () => {
  it("is as long as it is asked to be, and no shorter than what it holds", async () => {
    const model = await loadOn("mqa", cpuBackend());
    const one = model.createCache();
    await model.forward(ids.slice(0, 9), one);
    expect((await model.copyCache(one, { contextLength: 12 })).contextLength).toBe(12);
    await expect(model.copyCache(one, { contextLength: 8 })).rejects.toThrow(
      /"contextLength" expected an integer from 9 to 256/,
    );
    expect((await model.copyCache(model.createCache())).length).toBe(0);
  });

  it("leaves nothing of a copy that was aborted, or of a model that is disposed meanwhile", async () => {
    const { backend, account } = counting(cpuBackend());
    const model = await loadOn("mqa", backend);
    const one = model.createCache();
    await model.forward(ids, one);
    const signal = AbortSignal.abort("enough");
    await expect(model.copyCache(one, { signal })).rejects.toBe("enough");
    expect(account.out.kv).toBe(1);
    const copying = model.copyCache(one);
    model.dispose();
    await expect(copying).rejects.toThrow(/"model" expected a model in use/);
    expect(account.out.kv).toBe(0);
  });

  it("refuses what is no cache of this model, and a backend that does not copy", async () => {
    const model = await loadOn("mqa", cpuBackend());
    const other = await loadOn("mqa", naiveBackend());
    // @ts-expect-error no cache
    await expect(model.copyCache(5)).rejects.toThrow(
      /"cache" expected a cache made by createCache/,
    );
    // @ts-expect-error of another backend, which the compiler sees
    const foreign = model.copyCache(other.createCache());
    await expect(foreign).rejects.toThrow(/a cache of this model/);
    const ended = model.createCache();
    ended.dispose();
    await expect(model.copyCache(ended)).rejects.toThrow(/"cache" expected a cache in use/);
    await expect(other.copyCache(other.createCache())).rejects.toThrow(UnsupportedError);
  });
});
