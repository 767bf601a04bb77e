/** The most probable next token: found by a backend that can, and else here; the same either way. */
import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { withChecks } from "../../src/backend/checks.ts";
import { type CpuHandles, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { FormatError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { Model } from "../../src/model/model.ts";
import { topOf } from "../../src/model/top.ts";
import { argmax, logProbability } from "../../src/nn/log-softmax.ts";
import type { WeightSource } from "../../src/tensor/stored.ts";
import { fixtureFolder } from "../support/files.ts";
import { checkpoint } from "../support/goldens.ts";

const MODEL = "tiny-stories-it";

/** A backend with `top`, and how often rows were read, and tokens. */
function withTop() {
  const inner = cpuBackend();
  const asked = { read: 0, top: 0 };
  const backend: Backend<CpuHandles> = {
    ...inner,
    read(...args) {
      if (args[1].count > 0) asked.read++;
      return inner.read(...args);
    },
    async top(src, { from, count }, except, signal) {
      asked.top++;
      const logits = await inner.read(src, { from, count }, signal);
      const rows = Array.from({ length: count }, (_, r) => {
        const row = logits.subarray(r * src.columns, (r + 1) * src.columns);
        return row.includes(Number.NaN) ? [0, 0, Number.NaN] : [...topOf(row, except)];
      });
      return Float64Array.from(rows.flat());
    },
  };
  return { backend, asked };
}

const sequence = (model: Model<CpuHandles>, ids: readonly number[]) => ({
  ids,
  cache: model.createCache(),
});

async function loaded(
  backend: Backend<CpuHandles>,
  options: { paddingIds?: readonly number[]; spoil?: string } = {},
) {
  const { config, tensors } = await checkpoint(MODEL);
  const { paddingIds, spoil } = options;
  const spoilt = new Map(
    [...tensors].map(([name, source]) => {
      if (name !== spoil) return [name, source];
      const rows: WeightSource["rows"] = async (...range) => {
        const bytes = await source.rows(...range);
        return bytes.fill(255); // NaN in every float
      };
      const { dtype, shape, file } = source;
      return [name, { name, dtype, shape, file, rows }];
    }),
  );
  return Model.load({ config, tensors: spoilt as typeof tensors, backend, paddingIds });
}

describe("Model.top", () => {
  it.each(["found by the backend", "found here"])(
    "gives token, logit and logprob: %s",
    async (how) => {
      const { backend, asked } = withTop();
      const one = how === "found here" ? cpuBackend() : backend;
      const model = await loaded(one);
      const prompts = [[2, 77, 301], [2], [2, 9, 10, 11]];
      const found = await model.top(prompts.map((ids) => sequence(model, ids)));
      for (const [i, ids] of prompts.entries()) {
        const { data } = await model.forward(ids, model.createCache());
        const token = argmax(data);
        expect(found[i].token).toBe(token);
        expect(found[i].logit).toBe(data[token]);
        expect(found[i].logprob).toBeCloseTo(logProbability(data, token), 12);
      }
      if (one === backend) expect(asked.top).toBe(1);
      model.dispose();
    },
  );

  it("never chooses padding", async () => {
    for (const backend of [withTop().backend, cpuBackend()]) {
      const free = await loaded(backend);
      const [{ token }] = await free.top([sequence(free, [2, 77])]);
      const model = await loaded(backend, { paddingIds: [token, 5] });
      const [other] = await model.top([sequence(model, [2, 77])]);
      const { data } = await model.forward([2, 77], model.createCache());
      const order = [...data.keys()].sort((a, b) => data[b] - data[a]);
      expect(order[0]).toBe(token);
      expect(other.token).toBe(order.find((id) => id !== token && id !== 5));
      expect(other.logprob).toBeCloseTo(logProbability(data, other.token), 12);
      for (const one of [free, model]) one.dispose();
    }
  });

  it("says which weight is to blame where there is no most probable token", async () => {
    for (const backend of [withTop().backend, cpuBackend()]) {
      const model = await loaded(backend, { spoil: "model.norm.weight" });
      const error = await model.top([sequence(model, [2, 77])]).catch((caught) => caught);
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toContain('"model.norm.weight" expected finite numbers');
      model.dispose();
    }
  });

  it("gives what follows each token, in passes of any length, beside others", async () => {
    for (const backend of [withTop().backend, cpuBackend({ maxRows: 3 })]) {
      const model = await loaded(backend, { paddingIds: [5] });
      const ids = [2, 9, 10, 11, 12, 13, 14];
      const wanted = [];
      const one = model.createCache();
      for (const id of ids) wanted.push((await model.top([{ ids: [id], cache: one }]))[0]);
      const [each, logits] = await Promise.all([
        model.topEach(sequence(model, ids)),
        model.forward([2, 77], model.createCache()),
        model.top([sequence(model, [2, 77])]),
      ]);
      expect(each).toEqual(wanted);
      expect(logits.shape).toEqual([1, model.config.vocabSize]);
      const signal = AbortSignal.abort("enough");
      await expect(model.topEach(sequence(model, ids), { signal })).rejects.toBe("enough");
      const bad = model.topEach(sequence(model, [-1]), { op: "mine" });
      await expect(bad).rejects.toThrow(/^mine: /);
      const none = [2, 3] as unknown as Parameters<typeof model.topEach>[0];
      await expect(model.topEach(none)).rejects.toThrow('"sequence" expected { ids, cache }');
      model.dispose();
    }
  });

  it("ends with its signal, and refuses what is no batch", async () => {
    const model = await loaded(withTop().backend);
    const reason = new Error("enough");
    const cache = model.createCache();
    const signal = AbortSignal.abort(reason);
    await expect(model.top([{ ids: [2, 3], cache }], { signal })).rejects.toBe(reason);
    expect(cache.length).toBe(0);
    const none = [2, 3] as unknown as Parameters<typeof model.top>[0];
    await expect(model.top(none)).rejects.toThrow('top: "batch" expected a list of { ids, cache }');
    model.dispose();
  });

  it("answers greedily without reading a row of logits, beside one that draws", async () => {
    const { backend, asked } = withTop();
    const gemma = await Gemma.load(fixtureFolder(MODEL), { backend: withChecks(backend) });
    const plain = await Gemma.load(fixtureFolder(MODEL), { backend: cpuBackend() });
    const text = (one: Gemma, options: object) =>
      one.generate("Tell me a story", { maxTokens: 5, ...options }).text();
    const greedy = await text(plain, {});
    asked.top = 0;
    expect(await text(gemma, {})).toBe(greedy);
    expect(asked.top).toBe(5);
    const drawn = { temperature: 1, seed: 3 };
    const both = await Promise.all([text(gemma, {}), text(gemma, drawn)]);
    expect(both).toEqual([greedy, await text(plain, drawn)]);
    await gemma.dispose();
    await plain.dispose();
  });
});
