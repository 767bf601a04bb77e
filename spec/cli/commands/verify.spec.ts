/** `verify`: from numbers in files, or from a program, to the name of the bug. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { NpyArray } from "../../../src/checkpoint/numpy/npy.ts";
import { writeNpz } from "../../../src/checkpoint/numpy/npz.ts";
import { writeSafetensorsArrays } from "../../../src/conformance/arrays/safetensors.ts";
import { Engine, type Parts } from "../../../src/conformance/engine/engine.ts";
import { runVector } from "../../../src/conformance/engine/run-vector.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { parseReport } from "../../../src/conformance/report/parse-report.ts";
import { partsOf } from "../../../src/conformance/run/engine-testee.ts";
import { goldenName, type TapName } from "../../../src/model/taps.ts";
import { float32 } from "../../../src/tensor/precision.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { cli } from "../../support/cli.ts";
import { checkpoint, promptIds } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { MATERIALS, SUITE } from "../../support/suite.ts";
import { bundled } from "../../support/testees.ts";

const folder = scratchFolder("verify");
const model = ["--model", fixture("mqa")];
const ids = promptIds("mqa", "prompt-7");

/** What an engine gives for the prompt, in float32. */
async function tapsOf(parts: Parts): Promise<ReadonlyMap<TapName, NdArray>> {
  const { config, tensors } = await checkpoint("mqa");
  const engine = new Engine(await readWeights(config, tensors), { precision: float32, ...parts });
  return engine.feed(ids, 0);
}

/** Writes arrays, with the prompt beside them, and returns the path. */
function npz(name: string, taps: Iterable<readonly [string, NdArray]>): string {
  const path = join(folder, `${name}.npz`);
  const arrays: [string, NpyArray][] = [...taps].map(([tap, { data, shape }]) => [
    tap,
    { data, shape },
  ]);
  const prompt = { data: Int32Array.from(ids), shape: [ids.length] };
  writeFileSync(path, writeNpz(new Map([["ids", prompt], ...arrays])));
  return path;
}

describe("one's own numbers", () => {
  it("pass where they are right, in either spelling", async () => {
    const taps = await tapsOf({});
    const golden = [...taps].flatMap(([tap, array]) => {
      const name = goldenName(tap);
      return name === undefined ? [] : [[`trace.${name}.f32`, array] as const];
    });
    for (const file of [npz("right", taps), npz("golden", golden)]) {
      const { code, out } = await cli(["verify", file, ...model]);
      expect(out).toMatch(/\npassed · .* · float32 · nano 1\/1/);
      expect(code).toBe(0);
    }
  });

  it.each(["rope-interleaved", "gelu-erf", "norm-without-one"])("name %s", async (mutant) => {
    const taps = await tapsOf(partsOf(mutant));
    for (const some of [taps, new Map([["logits", taps.get("logits") as NdArray]])]) {
      const { code, out } = await cli(["verify", npz("wrong", some), ...model]);
      expect(out).toContain(`This is ${mutant}.`);
      expect(code).toBe(1);
    }
  });

  it.each([
    ["mqa/llama-cpp.npz", fixture("mqa")],
    ["gguf/llama-cpp.npz", fixture("gguf/model.F32.gguf")],
  ])("of llama.cpp, %s: a float16 table, which float16 allows", async (file, of) => {
    const strict = await cli(["verify", fixture(file), "--model", of]);
    expect(strict.out).toContain("This is gelu-f16-table.");
    expect(strict.code).toBe(1);
    const wide = await cli(["verify", fixture(file), "--model", of, "--accuracy", "f16"]);
    expect(wide.out).toContain("\npassed · ");
    expect(wide.code).toBe(0);
  });

  it("are taken from safetensors, and from JSON with numbers in lists or in a file", async () => {
    const logits = (await tapsOf({})).get("logits") as NdArray;
    const asList = Array.from({ length: ids.length }, (_, t) =>
      Array.from({ length: logits.shape[1] }, (_, v) => logits.get(t, v)),
    );
    writeFileSync(join(folder, "logits.bin"), new Uint8Array(logits.data.buffer));
    const inFile = { shape: logits.shape, dtype: "float32", file: "logits.bin" };
    const files = {
      "a.json": JSON.stringify({ ids, logits: asList }),
      "b.json": JSON.stringify({ ids, logits: inFile }),
      "c.safetensors": writeSafetensorsArrays(new Map([["logits", logits]])),
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), content);
      const argv = ["verify", join(folder, name), ...model, "--ids", ids.join(",")];
      expect((await cli(argv)).out).toContain("\npassed · ");
    }
  });

  it("are refused where they cannot be compared, with the next step", async () => {
    const logits = (await tapsOf({})).get("logits") as NdArray;
    const nameless = join(folder, "nameless.npz");
    writeFileSync(nameless, writeNpz({ output: { data: Float32Array.of(1), shape: [1] } }));
    const promptless = join(folder, "promptless.npz");
    writeFileSync(promptless, writeNpz({ logits: { data: logits.data, shape: logits.shape } }));
    const other = join(folder, "other.txt");
    writeFileSync(other, "no arrays");
    for (const [argv, said] of [
      [[nameless], 'expected arrays with names such as "logits"'],
      [[promptless, ...model], "save the prompt as an array ids beside the logits, or give --ids"],
      [[other], "expected an .npz, .npy, .safetensors or .json file"],
      [[join(folder, "absent.npz")], "expected a file that can be read"],
      [[promptless, "--accuracy", "f8"], "--accuracy expects float64 | float32"],
      [[promptless, "--tiers", "T0"], "--tiers is about a run of the suite"],
      [[promptless, "--fix"], "--fix needs --expect FILE"],
      [[promptless, "--", "true"], "expected FILEs or a command after --, got both"],
      [["--tiers", "T9", "--", "true"], "--tiers expects some of T0,T1,T2,T3,T4"],
    ] as const) {
      const { code, err } = await cli(["verify", ...argv]);
      expect(err).toContain(said);
      expect(code).toBeGreaterThan(0);
    }
  });
});

describe("vectors as files", () => {
  it("are written, filled by an engine, and compared", async () => {
    const dir = join(folder, "vectors");
    const { code, out } = await cli(["verify", "export", dir]);
    expect(code).toBe(0);
    expect(out).toContain(`verify compare ${dir}`);
    expect(readdirSync(join(dir, "models")).sort()).toEqual(["gqa", "mha", "mqa"]);
    const nothing = await cli(["verify", "compare", dir]);
    expect(nothing.err).toContain("expected files of arrays");
    // An engine of somebody's that reads the models as it reads others, and has a bug.
    const prompts = JSON.parse(readFileSync(join(dir, "prompts.json"), "utf8"));
    expect(prompts["t1.mqa.taps"]).toMatchObject({ model: "models/mqa" });
    const vector = SUITE.vectors.find(({ id }) => id === "t1.mqa.taps");
    const given = runVector(vector as never, MATERIALS, partsOf("rope-on-v"));
    const named = new Map([...given].map(([tap, array]) => [`t1.mqa.taps/${tap}`, array]));
    writeFileSync(join(dir, "outputs", "mine.safetensors"), writeSafetensorsArrays(named));
    const compared = await cli(["verify", "compare", dir, "--accuracy", "float64"]);
    expect(compared.out).toContain("This is rope-on-v.");
    expect(compared.code).toBe(1);
    const taken = await cli(["verify", "export", dir]);
    expect(taken.err).toContain(dir); // what is there is not written over
    expect(taken.code).toBe(1);
  });
});

describe("reports", () => {
  it("are written as they are asked for", async () => {
    const file = npz("wrong", await tapsOf(partsOf("gelu-quick")));
    const path = (ending: string) => join(folder, `report.${ending}`);
    const argv = ["verify", file, ...model, "--json"];
    const files = ["--html", path("html"), "--junit", path("xml"), "--tap", path("tap")];
    const { out, code } = await cli([...argv, ...files, "--jsonl", path("jsonl")]);
    expect(code).toBe(1);
    expect(parseReport(out).diagnosis?.named[0].ids).toEqual(["gelu-quick"]);
    expect(readFileSync(path("jsonl"), "utf8")).toBe(out);
    expect(readFileSync(path("html"), "utf8")).toContain("gelu-quick");
    expect(readFileSync(path("xml"), "utf8")).toContain("<testsuite");
    expect(readFileSync(path("tap"), "utf8")).toContain("not ok 1 - prompt");
  });

  it("know of failures that are expected", async () => {
    const file = npz("wrong", await tapsOf(partsOf("gelu-quick")));
    const list = join(folder, "expected.txt");
    const argv = ["verify", file, ...model, "--expect", list];
    expect((await cli([...argv, "--fix"])).code).toBe(0);
    expect(readFileSync(list, "utf8")).toMatch(/^prompt # /m);
    expect((await cli(argv)).code).toBe(0);
    const right = npz("wrong", await tapsOf({}));
    const { code, out } = await cli(["verify", right, ...model, "--expect", list]);
    expect(out).toContain("passed"); // unexpectedly
    expect(code).toBe(1);
  });
});

describe("the library itself", () => {
  it.each<[string[], number]>([
    [[], 4],
    [["--backend", "cpu"], 3],
    [["--backend", "wasm", "--threads", "2"], 1],
    [["--accuracy", "float32"], 2],
    [["--accuracy", "bfloat16"], 1],
  ])("passes what is asked for, on every backend in every precision: %j", async (argv, count) => {
    const { code, out } = await cli(["verify", "--only", "t1.mqa.taps*", ...argv]);
    expect(out.match(/\npassed · /g)).toHaveLength(count);
    expect(code).toBe(0);
  });
});

/** The reference as a program. */
const reference = bundled("reference.ts", folder).then((path) => [process.execPath, path]);

it("a program is asked, and its bug named", async () => {
  const program = await reference;
  const bug = ["--mutant", "attention-softcap-50", "--accuracy", "float32"];
  const argv = ["verify", "--tiers", "T0", "--timeout", "60", "--", ...program, ...bug];
  const { code, out } = await cli(argv);
  expect(out).toContain("This is attention-softcap-50.");
  expect(code).toBe(1);
});

it("a program is held against a sketch of real weights", async () => {
  const program = await reference;
  const sketch = join(folder, "sketch.json");
  const made = ["verify", "sketch", ...model, "--out", sketch, "--ids", ids.join(",")];
  expect((await cli([...made, "--accuracy", "float32"])).code).toBe(0);
  const argv = ["verify", "--sketch", sketch, ...model, "--", ...program, "--accuracy", "float32"];
  const right = await cli(argv);
  expect(right.out).toMatch(/passed · gemma1-conf the sketch of /);
  expect(right.code).toBe(0);
  const wrong = await cli([...argv, "--mutant", "gelu-gate-up-swapped"]);
  expect(wrong.code).toBe(1);
  const without = await cli(["verify", "--sketch", sketch, "--", ...program]);
  expect(without.err).toContain("--sketch needs --model");
});
