/** An output projection that is not the table: in every room the logits, and what follows from them, are its own. */
import { afterAll, describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../../src/backend/wasm/wasm.ts";
import { hfFiles } from "../../../src/checkpoint/beside/write.ts";
import { writeGguf } from "../../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { countParameters } from "../../../src/config.ts";
import { Engine } from "../../../src/conformance/engine/engine.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { Gemma } from "../../../src/gemma.ts";
import { attributeLogit } from "../../../src/interp/attribution/attribution.ts";
import { logitLens } from "../../../src/interp/lens/lens.ts";
import { Model } from "../../../src/model/model.ts";
import { zeroRows } from "../../../src/model/weights/padding.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder, type Source } from "../../../src/source/folder.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import type { Warning } from "../../../src/warning.ts";
import { torchFile } from "../../support/files/torch-file.ts";
import { fixtureFolder } from "../../support/files.ts";
import {
  checkpoint,
  golden,
  loadOn,
  NANO_MODELS,
  promptIds,
  promptLogits,
  readFixture,
} from "../../support/goldens.ts";
import { HEAD, TABLE, turned, untied } from "../../support/untied.ts";
import { whole } from "../../support/whole.ts";

const float64 = () => cpuBackend({ precision: "float64" });

/** The largest distance of two lists of numbers. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

/** What Google's code says of the fixture, token by token from the last to the first. */
async function truth(name: string, prompt: string): Promise<Float64Array> {
  const { config } = await checkpoint(name);
  return turned(golden(`${name}/${prompt}.npz`, "logits.f64"), config.vocabSize);
}

const PROMPTS: readonly (readonly [string, string])[] = [
  ...NANO_MODELS.map((name) => [name, "prompt-40"] as const),
  ["tiny-stories-it", "prompt-0"],
];

describe("a model whose output projection is not its table", () => {
  it.each(PROMPTS)("%s %s: its logits are Google's to 1e-12", async (name, prompt) => {
    for (const said of [false, true]) {
      const model = await Model.load({ ...(await untied(name, said)), backend: float64() });
      expect(model.config.tieWordEmbeddings).toBe(false);
      const logits = await promptLogits(model, promptIds(name, prompt));
      expect(distance(logits, await truth(name, prompt))).toBeLessThan(1e-12);
      model.dispose();
    }
  });

  it.each(["float32", "int8"] as const)(
    "its logits of wasm, activations in %s, are those of the table's rows, bit for bit",
    async (activations) => {
      const [own, tied] = [await wasmBackend({ activations }), await wasmBackend({ activations })];
      const ids = promptIds("tiny-stories-it", "prompt-1");
      const model = await Model.load({ ...(await untied("tiny-stories-it")), backend: own });
      const logits = await promptLogits(model, ids);
      const rows = await promptLogits(await loadOn("tiny-stories-it", tied), ids);
      expect(distance(logits, turned(rows, model.config.vocabSize))).toBe(0);
      own.dispose();
      tied.dispose();
    },
  );

  it("is what the conformance suite computes, bit for bit", async () => {
    const { config, tensors } = await untied("gqa");
    const ids = promptIds("gqa", "prompt-40");
    const model = await Model.load({ config, tensors, backend: float64() });
    const engine = new Engine(await readWeights(config, tensors));
    const logits = engine.feed(ids, 0).get("logits");
    expect(distance(logits?.data ?? [], await promptLogits(model, ids))).toBe(0);
  });

  it("counts it among its parameters", async () => {
    const { config } = await checkpoint("mqa");
    const tied = countParameters(config);
    const own = countParameters({ ...config, tieWordEmbeddings: false });
    expect([tied.head, own.head]).toEqual([0, 320 * 64]);
    expect(own).toEqual({ ...tied, head: own.head, total: tied.total + own.head });
  });

  it("has rows of padding where the output projection has them", async () => {
    const { tensors } = await untied("mqa");
    const table = tensors.get(TABLE) as RowSource;
    const rows: RowSource["rows"] = async (begin, end) => {
      const bytes = await table.rows(begin, end);
      const size = bytes.length / (end - begin);
      for (const row of [5, 318]) {
        if (begin <= row && row < end)
          bytes.fill(0, (row - begin) * size, (row - begin + 1) * size);
      }
      return bytes;
    };
    const holed = { ...table, rows, rowsInto: undefined } as RowSource;
    const ids = [1, 5, 314, 318];
    expect(await zeroRows(new Map([...tensors, [TABLE, holed]]), ids)).toEqual([]);
    expect(await zeroRows(new Map([...tensors, [HEAD, holed]]), ids)).toEqual([5, 318]);
  });
});

describe("what is read out of it", () => {
  const opened = untied("tiny-stories-it").then(async ({ config, tensors }) => {
    const files = hfFiles(await checkpoint("tiny-stories-it"));
    const weights = await whole(writeSafetensors(tensors));
    const folder = filesFolder({
      ...Object.fromEntries(files),
      "model.safetensors": weights,
      "config.json": readFixture("tiny-stories-it/config.json"),
    });
    const warnings: Warning[] = [];
    const onWarning = (warning: Warning) => warnings.push(warning);
    const gemma = await Gemma.load(folder, { precision: "float64", onWarning });
    return { config, gemma, warnings };
  });
  afterAll(async () => (await opened).gemma.dispose());
  const ids = promptIds("tiny-stories-it", "prompt-2").slice(0, 12);

  it("says that config.json did not say so", async () => {
    const { warnings } = await opened;
    expect(warnings).toEqual([
      {
        kind: "checkpoint",
        message: expect.stringContaining(
          'lm_head.weight has other numbers than the embedding, though config.json does not say "tie_word_embeddings": false',
        ),
      },
    ]);
  });

  it("is the head by its name; of a tied model the table", async () => {
    const { gemma, config } = await opened;
    const [table, head] = [await gemma.weight(TABLE), await gemma.weight(HEAD)];
    const [V, D] = [config.vocabSize, config.hiddenSize];
    for (let v = 0; v < V; v += 111) {
      for (let d = 0; d < D; d++) expect(head.get(v, d)).toBe(table.get(V - 1 - v, d));
    }
    const tied = await Gemma.load(fixtureFolder("gqa"), { precision: "float64" });
    expect((await tied.weight(HEAD)).data).toEqual((await tied.weight(TABLE)).data);
    await tied.dispose();
  });

  it("is the last depth of the lens, and the sum of the attribution", async () => {
    const { gemma } = await opened;
    const logits = await gemma.logits(ids);
    const V = gemma.config.vocabSize;
    const last = Array.from({ length: V }, (_, v) => logits.get(logits.shape[0] - 1, v));
    const best = last.indexOf(Math.max(...last));
    const { depths } = await logitLens(gemma.model, ids, { positions: -1, topK: V });
    for (const { id, logit } of depths.at(-1)?.cells[0].top ?? []) expect(logit).toBe(last[id]);
    const { logit, parts } = await attributeLogit(gemma.model, ids, { token: best });
    expect(Math.abs(logit - last[best])).toBeLessThan(1e-12);
    const sum = parts.reduce((all, { contribution }) => all + contribution, 0);
    expect(Math.abs(sum - last[best])).toBeLessThan(1e-10);
  });
});

describe("out again, and back", () => {
  const ids = promptIds("gqa", "prompt-7");

  /** `untied("gqa", true)` as a checkpoint. */
  async function source() {
    return { ...(await checkpoint("gqa")), ...(await untied("gqa", true)) };
  }

  async function torch(): Promise<Uint8Array> {
    const { tensors } = await source();
    const saved = [...tensors].map(async ([name, { shape, rows }]) => {
      return [name, { storage: "BFloat16", shape, bytes: await rows(0, shape[0]) }] as const;
    });
    return torchFile(Object.fromEntries(await Promise.all(saved)));
  }

  it.each<[string, () => Promise<Source>]>([
    [
      "a folder",
      async () => {
        const from = await source();
        const weights = await whole(writeSafetensors(from.tensors));
        return filesFolder({ ...Object.fromEntries(hfFiles(from)), "model.safetensors": weights });
      },
    ],
    ["GGUF", async () => bytesSource(await whole(writeGguf(await source())), "m.gguf")],
    ["npz", async () => bytesSource(await whole(writeNpzCheckpoint(await source())), "m.npz")],
    [
      "torch",
      async () =>
        filesFolder({
          ...Object.fromEntries(hfFiles(await source())),
          "pytorch_model.bin": await torch(),
        }),
    ],
  ])("through %s: the same logits to the bit, and nothing to warn of", async (format, make) => {
    const back = await openCheckpoint(await make());
    const warnings: Warning[] = [];
    const onWarning = (warning: Warning) => warnings.push(warning);
    const gemma = await Gemma.load(back, { backend: float64(), onWarning });
    expect(gemma.config.tieWordEmbeddings).toBe(false);
    if (format !== "GGUF") expect(back.config.tieWordEmbeddings).toBe(false);
    expect(warnings).toEqual([]);
    const model = await Model.load({ ...(await untied("gqa")), backend: float64() });
    expect(distance(await promptLogits(gemma.model, ids), await promptLogits(model, ids))).toBe(0);
    await gemma.dispose();
  });
});
