import { describe, expect, it } from "vitest";
import type { Backend, Handles } from "../../../src/backend/backend.ts";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { ablateHead, ablateNeuron } from "../../../src/interp/interventions/ablation.ts";
import type { HookList } from "../../../src/interp/run/hooks.ts";
import { runWithCache, runWithHooks } from "../../../src/interp/run/run-with-cache.ts";
import { Model } from "../../../src/model/model.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { checkpoint, load, loadOn, promptIds } from "../../support/goldens.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const ids = promptIds("gqa", "prompt-7");
const O_PROJ = "model.layers.0.self_attn.o_proj.weight";
const DOWN_PROJ = "model.layers.1.mlp.down_proj.weight";

/** The model with columns of its weights, [from, to), set to 0: bytes, as they are stored in bfloat16. */
async function withoutColumns(
  columns: Readonly<Record<string, readonly [from: number, to: number]>>,
  backend: Backend<Handles>,
): Promise<Model> {
  const { config, tensors } = await checkpoint("gqa");
  const changed = new Map(tensors);
  for (const [name, [from, to]] of Object.entries(columns)) {
    const weight = tensors.get(name) as RowSource;
    const { dtype, shape } = weight;
    expect(dtype).toBe("bfloat16");
    const rows: RowSource["rows"] = async (first, last, signal) => {
      const bytes = (await weight.rows(first, last, signal)).slice();
      for (let row = 0; row < last - first; row++) {
        bytes.fill(0, 2 * (row * shape[1] + from), 2 * (row * shape[1] + to));
      }
      return bytes;
    };
    changed.set(name, { name, dtype, shape, rows });
  }
  return Model.load({ config, tensors: changed, backend });
}

const BACKENDS: readonly [string, () => Promise<Backend<Handles>>][] = [
  ["cpu in float64", async () => cpuBackend({ precision: "float64" })],
  ["cpu in bfloat16", async () => cpuBackend({ precision: "bfloat16" })],
  ["wasm", async () => wasmBackend({ threads: 1 })],
];

describe.each(BACKENDS)("on %s", (_, make) => {
  it("an ablated head is one whose columns of o_proj are 0, a neuron one of down_proj", async () => {
    const model = await loadOn("gqa", await make());
    const { headDim: H } = model.config;
    const without = async (columns: Parameters<typeof withoutColumns>[0]) => {
      return runWithHooks(await withoutColumns(columns, await make()), ids, []);
    };
    const hooked = (hooks: HookList) => runWithHooks(model, ids, hooks);
    const columns = { [O_PROJ]: [3 * H, 4 * H], [DOWN_PROJ]: [17, 19] } as const;
    const head = await hooked(ablateHead(0, 3));
    expect(head.data).toEqual((await without({ [O_PROJ]: columns[O_PROJ] })).data);
    const neurons = await hooked(ablateNeuron(1, [17, 18]));
    expect(neurons.data).toEqual((await without({ [DOWN_PROJ]: columns[DOWN_PROJ] })).data);
    const both = await hooked([...ablateHead(0, 3), ...ablateNeuron(1, [17, 18])]);
    expect(both.data).toEqual((await without(columns)).data);
    const plain = (await hooked([])).data;
    for (const { data } of [head, neurons, both]) expect(data).not.toEqual(plain);
    expect(both.data).not.toEqual(head.data);
  });
});

describe("ablation by the mean", () => {
  it("puts the mean over positions in every row, of that head or neuron only", async () => {
    const model = await load("gqa", "float64");
    const names = ["blocks.0.attn.hook_z", "blocks.0.mlp.hook_post"];
    const before = await runWithCache(model, ids, { names });
    const [z, post] = names.map((name) => before.get(name));
    const [L, N, H] = z.shape;
    const hooks = [...ablateHead(0, 1, { by: "mean" }), ...ablateNeuron(0, 5, { by: "mean" })];
    const after = await runWithCache(model, ids, { names: names[0], hooks });
    const changed = after.get(names[0]);
    for (let h = 0; h < H; h++) {
      const column = Array.from({ length: L }, (_, l) => z.get(l, 1, h));
      const mean = column.reduce((a, b) => a + b, 0) / L;
      for (let l = 0; l < L; l++) {
        for (let n = 0; n < N; n++)
          expect(changed.get(l, n, h)).toBe(n === 1 ? mean : z.get(l, n, h));
      }
    }
    const neuron = await runWithCache(model, ids, {
      names: names[1],
      hooks: ablateNeuron(0, 5, { by: "mean" }),
    });
    const column = Array.from({ length: L }, (_, l) => post.get(l, 5));
    const mean = column.reduce((a, b) => a + b, 0) / L;
    expect(column.map((_, l) => neuron.get(names[1]).get(l, 5))).toEqual(column.map(() => mean));
    expect(neuron.get(names[1]).get(3, 6)).toBe(post.get(3, 6));
  });

  it("is refused in a pass that sees a part of the text", () => {
    const [[name, hook]] = ablateHead(0, 1, { by: "mean" });
    const z = tensor(new Float32Array(12), [1, 3, 4]);
    const point = { name: name as "blocks.0.attn.hook_z", layer: 0, ids: [7], pos: 4 };
    expect(() => hook(z, point)).toThrow(UnsupportedError);
    expect(() => hook(z, { ...point, pos: 0 })).not.toThrow();
  });
});

describe("refused", () => {
  it("is what is no layer, head or neuron, also when the model has fewer", async () => {
    for (const [call, argument] of [
      [() => ablateHead(-1, 0), "layer"],
      [() => ablateHead(0, 0.5), "head"],
      [() => ablateNeuron(0, []), "neurons"],
      [() => ablateNeuron(0, [1, -1]), "neurons"],
      [() => ablateHead(0, 0, { by: "median" as never }), "by"],
    ] as const) {
      expect(thrownBy(call)).toMatchObject({ name: "ArgumentError", argument });
    }
    const model = await load("gqa", "float32");
    for (const hooks of [ablateHead(2, 0), ablateHead(0, 6), ablateNeuron(0, 10_000)]) {
      await expect(runWithHooks(model, ids, hooks)).rejects.toThrow(ArgumentError);
    }
  });
});
