import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNpy } from "../../../src/checkpoint/numpy/npy.ts";
import { readNpz } from "../../../src/checkpoint/numpy/npz.ts";
import { maxError, relativeError } from "../../../src/conformance/metrics.ts";
import { cli } from "../../support/cli.ts";
import { golden, goldens, NANO_MODELS, promptIds } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("logits");
const file = (name: string) => join(folder, name);

const run = (model: string, out: string, ...flags: string[]) => {
  const ids = promptIds(model, "prompt-7").join(",");
  return cli(["logits", "--model", fixture(model), "--ids", ids, "--out", out, ...flags]);
};

describe("logits", () => {
  it.each(NANO_MODELS)(
    "of %s in float64 are Google's to 1e-12, without a tokenizer",
    async (model) => {
      const out = file(`${model}.npy`);
      const { code } = await run(model, out, "--precision", "float64");
      const array = readNpy(readFileSync(out));
      const expected = goldens(`${model}/prompt-7.npz`).get("logits.f64");
      expect([code, array.descr, array.shape]).toEqual([0, "<f8", expected?.shape]);
      expect(relativeError(array.data, expected?.data ?? [])).toBeLessThan(1e-12);
    },
  );

  it.each(["float32", "bfloat16"])("are <f4 in %s", async (precision) => {
    const out = file(`${precision}.npy`);
    await run("mqa", out, "--precision", precision);
    const { descr, data } = readNpy(readFileSync(out));
    expect(descr).toBe("<f4");
    const truth = golden("mqa/prompt-7.npz", "logits.f64");
    expect(maxError(data, truth)).toBeLessThan(precision === "float32" ? 1e-5 : 0.3);
  });

  it("of a text begin with the BOS", async () => {
    const out = file("text.npy");
    const { out: said } = await cli(["logits", "--text", "Mira the", "--out", out, "--json"]);
    expect(JSON.parse(said)).toEqual({
      out: { file: out, dtype: "<f4", shape: [3, 1024] },
      ids: [2, 910, 288],
      precision: "float32",
      backend: "wasm",
    });
    expect(readNpy(readFileSync(out)).shape).toEqual([3, 1024]);
  });

  it("say in words where they went", async () => {
    const [out, trace] = [file("words.npy"), file("words.npz")];
    const { out: said } = await run("mqa", out, "--trace", trace);
    expect(said).toBe(`${out}: logits [7, 320] <f4\n${trace}: 30 intermediates\n`);
  });
});

describe("logits --trace", () => {
  it.each(NANO_MODELS)("of %s holds the goldens' names, shapes and values", async (model) => {
    const [out, trace] = [file(`${model}-traced.npy`), file(`${model}.npz`)];
    await run(model, out, "--precision", "float64", "--trace", trace);
    const arrays = readNpz(readFileSync(trace));
    const expected = goldens(`${model}/prompt-7.npz`);
    const names = [...expected.keys()].filter((name) => /^trace\..*\.f64$/.test(name));
    expect([...arrays.keys()].sort()).toEqual(names.sort());
    for (const name of names) {
      const array = arrays.get(name);
      expect([name, array?.descr, array?.shape]).toEqual([name, "<f8", expected.get(name)?.shape]);
      expect(relativeError(array?.data ?? [], golden(`${model}/prompt-7.npz`, name))).toBeLessThan(
        1e-12,
      );
    }
    const plain = file(`${model}-plain.npy`);
    await run(model, plain, "--precision", "float64");
    expect(readFileSync(out)).toEqual(readFileSync(plain));
  });

  it.each([
    ["bfloat16", "bf16", "<u2"],
    ["float32", "f32", "<f4"],
  ])("in %s is stored as the goldens store it: .%s, %s", async (precision, suffix, descr) => {
    const trace = file(`${precision}.npz`);
    await run("mqa", file("x.npy"), "--precision", precision, "--trace", trace);
    const arrays = readNpz(readFileSync(trace));
    expect(arrays.size).toBe(30);
    for (const [name, array] of arrays) {
      expect(name.endsWith(`.${suffix}`)).toBe(true);
      expect(array.descr).toBe(descr);
    }
  });

  it("keeps bit patterns: the embedding rows are bfloat16 in the checkpoint, so they are equal", async () => {
    const trace = file("bits.npz");
    await run("mqa", file("x.npy"), "--precision", "bfloat16", "--trace", trace);
    const name = "trace.embed.lookup.bf16";
    const expected = goldens("mqa/prompt-7.npz").get(name);
    expect(readNpz(readFileSync(trace)).get(name)?.data).toEqual(expected?.data);
  });
});

describe("the files of logits", () => {
  it("are refused before the model is loaded if they cannot be written", async () => {
    const refusal = async (...flags: string[]) => {
      const argv = ["logits", "--model", "/nowhere", "--ids", "2", ...flags];
      return (await cli(argv)).err;
    };
    expect(await refusal("--out", file("missing/x.npy"))).toContain("got no such folder");
    expect(await refusal("--out", folder)).toContain("got a folder");
    expect(await refusal("--out", file("x.npy"), "--trace", file("missing/x.npz"))).toContain(
      "missing",
    );
  });

  it("may have a name without an ending, or with dots", async () => {
    for (const name of ["plain", "gemma-1.1-2b", "X.NPY"]) {
      await run("mqa", file(name));
      expect(readNpy(readFileSync(file(name))).shape).toEqual([7, 320]);
    }
  });

  it("replace older ones whole, and leave nothing beside them", async () => {
    const out = file("old.npy");
    writeFileSync(out, "old");
    await run("mqa", out);
    expect(readNpy(readFileSync(out)).shape).toEqual([7, 320]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("stay as they were when the ids are refused", async () => {
    const out = file("kept.npy");
    writeFileSync(out, "kept");
    const { code } = await cli(["logits", "--ids", "2,99999", "--out", out]);
    expect([code, readFileSync(out, "utf8")]).toEqual([1, "kept"]);
  });

  it("follow a link", async () => {
    const [target, link] = [file("target.npy"), file("link.npy")];
    writeFileSync(target, "old");
    symlinkSync(target, link);
    await run("mqa", link);
    expect(readNpy(readFileSync(target)).shape).toEqual([7, 320]);
  });
});
