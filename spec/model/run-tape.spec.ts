/** A pass step by step, and another page in the place of model/forward.ts. */
import { describe, expect, it } from "vitest";
import { type CpuHandles, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { feed } from "../../src/model/feed.ts";
import { forward } from "../../src/model/forward.ts";
import { Model } from "../../src/model/model.ts";
import { runTape, type TapeVisitor } from "../../src/model/run-tape.ts";
import { type SlotOf, separateSlots } from "../../src/model/slots.ts";
import { forwardTape } from "../../src/model/tape.ts";
import { linear } from "../../src/nn/linear.ts";
import type { RowSource } from "../../src/tensor/stored.ts";
import type { NdArray } from "../../src/tensor/tensor.ts";
import { checkpoint, load, promptIds, promptLogits } from "../support/goldens.ts";

const ids = promptIds("gqa", "prompt-7");

/** The prompt step by step, in passes of three rows. */
async function stepwise(
  visitor: (slots: SlotOf<CpuHandles>, model: Model<CpuHandles>) => TapeVisitor,
): Promise<{ logits: number[]; model: Model<CpuHandles> }> {
  const model = await load("gqa", "float64", 3);
  const { backend, config } = model;
  const slots = separateSlots(backend, config, { rows: 3, logitRows: 3 });
  const tape = forwardTape(config);
  const logits: number[] = [];
  await feed(model, [{ ids, cache: model.createCache() }], {
    logits: "all",
    slots,
    ids: backend.allocIds(3),
    run: (pass) => runTape(tape, pass, visitor(slots, model)),
    read: ({ count }) => backend.read(slots("logits"), { from: 0, count }),
    collect: (values) => logits.push(...values),
  });
  return { logits, model };
}

describe("runTape", () => {
  it("gives the bits of the page, and shows every tap when it has been written", async () => {
    const seen: string[] = [];
    const values: number[] = [];
    const { logits, model } = await stepwise((slots, { backend }) => ({
      before({ step, tap }) {
        seen.push(`before ${tap ?? step.op}`);
      },
      async after({ tap }) {
        seen.push(`after ${tap}`);
        if (tap !== "blocks.1.attn.hook_z") return;
        values.push(...(await backend.read(slots(tap), { from: 0, count: 1 })));
      },
    }));
    expect(logits).toEqual([...(await promptLogits(model, ids))]);
    const recorded = await model.record(ids, model.createCache(), ["blocks.1.attn.hook_z"]);
    const z = recorded.get("blocks.1.attn.hook_z") as NdArray;
    const [, columns] = z.shape;
    const firstRows = [0, 3, 6].flatMap((t) => [
      ...(z.data as Float64Array).subarray(t * columns, (t + 1) * columns),
    ]);
    expect(values).toEqual(firstRows); // seven tokens are three passes
    expect(seen.length).toBe(3 * 2 * forwardTape(model.config).length);
    expect(seen.slice(0, 3)).toEqual([
      "before hook_embed",
      "after hook_embed",
      "before blocks.0.ln1.hook_out",
    ]);
    expect(seen).toContain("before kvWrite");
  });

  it("lets a tap be changed before the next step reads it", async () => {
    const { config, tensors } = await checkpoint("gqa");
    const { logits } = await stepwise((slots, { backend }) => ({
      after({ tap }) {
        if (tap !== "blocks.0.hook_mlp_out") return;
        backend.write(slots(tap), new Float64Array(3 * config.hiddenSize));
      },
    }));
    // The same as a first block whose MLP weights are 0.
    const name = "model.layers.0.mlp.down_proj.weight";
    const down = tensors.get(name) as RowSource;
    const rows: RowSource["rows"] = async (...range) => (await down.rows(...range)).fill(0);
    const { dtype, shape } = down;
    const silenced = new Map([...tensors, [name, { name, dtype, shape, rows }] as const]);
    const backend = cpuBackend({ precision: "float64" });
    const model = await Model.load({ config, tensors: silenced, backend });
    expect(logits).toEqual([...(await promptLogits(model, ids))]);
  });
});

describe("a page of one's own", () => {
  it("is what the model runs, and what a tape is made of", async () => {
    const { config, tensors } = await checkpoint("gqa");
    // Without the norm before the logits: a bug of structure that no component can have.
    const noFinalNorm: typeof forward = (args) => {
      const { slots, logitRows, ops, weights } = args;
      forward({ ...args, logitRows: [] });
      const stream = slots(`blocks.${config.numHiddenLayers - 1}.hook_resid_post`);
      for (const rows of logitRows) ops.matmul(slots("logits"), stream, weights.embedTokens, rows);
    };
    const options = { config, tensors, backend: cpuBackend({ precision: "float64" as const }) };
    const buggy = await promptLogits(await Model.load({ ...options, forward: noFinalNorm }), ids);
    const right = await promptLogits(await load("gqa", "float64"), ids);
    expect(buggy).not.toEqual(right);
    expect(await promptLogits(await Model.load(options), ids)).toEqual(right);
    const last = forwardTape(config, 1, noFinalNorm).at(-1);
    expect(last).toMatchObject({ op: "matmul", dst: "logits", x: "blocks.1.hook_resid_post" });
  });

  it("has to be synchronous: passes share their slots", async () => {
    const { config, tensors } = await checkpoint("gqa");
    const slow = (async (args) => forward(args)) as typeof forward;
    const model = await Model.load({ config, tensors, backend: cpuBackend(), forward: slow });
    await expect(model.forward(ids, model.createCache())).rejects.toThrow(
      /"forward" expected a synchronous function, got a promise/,
    );
  });

  it("and every component can be replaced, the linear layer too", async () => {
    const { config, tensors } = await checkpoint("gqa");
    let calls = 0;
    const backend = cpuBackend({
      precision: "float64",
      components: {
        linear(x, weight, options) {
          calls++;
          return linear(x, weight, options);
        },
      },
    });
    const logits = await promptLogits(await Model.load({ config, tensors, backend }), ids);
    expect(logits).toEqual(await promptLogits(await load("gqa", "float64"), ids));
    expect(calls).toBe(7 * config.numHiddenLayers + 1);
  });
});
