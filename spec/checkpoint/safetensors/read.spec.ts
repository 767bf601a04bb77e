import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNpz } from "../../../src/checkpoint/numpy/npz.ts";
import {
  readSafetensors,
  readSafetensorsHeader,
} from "../../../src/checkpoint/safetensors/read.ts";
import { ArgumentError, FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { type ByteSource, bytesSource, readAll } from "../../../src/source/byte-source.ts";
import { FILE_KIND_BYTES } from "../../../src/source/file-kind.ts";
import { assertDType, storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";
import {
  type Entry,
  header,
  ramp,
  rejection,
  safetensorsFile,
} from "../../support/files/safetensors-file.ts";
import { jsonText, mutatedJson, RUNS } from "../../support/fuzz.ts";

const fixture = (path: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url)));
const read = (bytes: Uint8Array) => readSafetensors(bytesSource(bytes, "model.safetensors"));
const refusal = async (bytes: Uint8Array) => (await rejection(read(bytes))) as GemmaError;

describe("readSafetensors", () => {
  // SHA-256 of the tensor's bytes, first three values and sum: computed with Python's struct, json
  // and hashlib and NumPy 2.4.6 from fixtures/mqa/model.safetensors.
  it.each([
    [
      "model.embed_tokens.weight",
      [320, 64],
      "4c1932ae3df4dfd136764145c392ea02d66ee76ead774e904c5dc3f333bc00bd",
      [-0.06396484375, 0.12890625, -0.044189453125],
      14.855645254254341,
    ],
    [
      "model.layers.1.self_attn.k_proj.weight",
      [16, 64],
      "64357c482e001bdd51fcbf4b0f1b12a6eec6eef7fd0824bf6eb57bed6f31f475",
      [0.01708984375, -0.051025390625, 0.1083984375],
      -0.5313867330551147,
    ],
    [
      "model.norm.weight",
      [64],
      "4544b99f35dd362bf2f209da9c91daf9126096c370f4f6ab6a1fb902af634dd2",
      [-0.25390625, 0.703125, -0.1357421875],
      -0.431640625,
    ],
  ])("reads the bytes of %s that Python reads", async (name, shape, sha256, firstThree, sum) => {
    const tensors = await read(fixture("mqa/model.safetensors"));
    expect(tensors.size).toBe(20);
    const tensor = tensors.get(name)!;
    expect(tensor).toMatchObject({ name, shape, dtype: "bfloat16" });
    const bytes = await tensor.rows(0, shape[0]);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    const values = new Float64Array(bytes.length / 2);
    widenRow(storedFromBytes(bytes, "bfloat16", [values.length]), 0, values);
    expect([...values.slice(0, 3)]).toEqual(firstThree);
    expect(values.reduce((a, b) => a + b)).toBeCloseTo(sum, 12);
  });

  it.each(["mqa", "mha-wide-heads", "gqa"])(
    "reads the rows of %s that gemma_pytorch looked up, to the last bit",
    async (model) => {
      const tensors = await read(fixture(`${model}/model.safetensors`));
      const table = tensors.get("model.embed_tokens.weight")!;
      assertDType(table);
      const golden = readNpz(fixture(`${model}/prompt-7.npz`));
      const ids = golden.get("ids")!.data;
      const looked = golden.get("trace.embed.lookup.f64")!.data;
      const D = table.shape[1];
      const row = new Float64Array(D);
      expect(ids.length).toBe(7);
      for (const [i, id] of ids.entries()) {
        widenRow(storedFromBytes(await table.rows(id, id + 1), table.dtype, [1, D]), 0, row);
        expect(row).toEqual(looked.slice(i * D, (i + 1) * D));
      }
    },
  );

  it("reads only the header until rows are asked for, and then only those", async () => {
    const bytes = safetensorsFile(header(), ramp(44));
    const reads: [number, number][] = [];
    const inner = bytesSource(bytes);
    const spy: ByteSource = {
      ...inner,
      read: (begin, end) => {
        reads.push([begin, end]);
        return inner.read(begin, end);
      },
    };
    const data = bytes.length - 44;
    const tensors = await readSafetensors(spy);
    expect(reads).toEqual([
      [0, 8],
      [8, data],
    ]);
    expect(await tensors.get("a")?.rows(1, 3)).toEqual(ramp(44).slice(8, 24));
    expect(reads.at(-1)).toEqual([data + 8, data + 24]);
  });

  it("gives a scalar as one row, and an empty tensor as none", async () => {
    const entries = { ...header(), d: { dtype: "F16", shape: [0, 7], data_offsets: [44, 44] } };
    const tensors = await read(safetensorsFile(entries, ramp(44)));
    expect(await tensors.get("c")?.rows(0, 1)).toEqual(ramp(44).slice(40));
    expect(await tensors.get("d")?.rows(0, 0)).toEqual(new Uint8Array(0));
    expect(tensors.get("d")).toMatchObject({ dtype: "float16", shape: [0, 7] });
  });

  it.each([
    [-1, 1],
    [2, 1],
    [0, 4],
    [0.5, 1],
  ])("refuses rows %d..%d of three", async (begin, end) => {
    const tensors = await read(safetensorsFile(header(), ramp(44)));
    const error = await rejection(tensors.get("a")!.rows(begin, end));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as GemmaError).message).toContain(
      '"a" expected a range of rows within 0..3 of shape [3, 4]',
    );
  });

  it("takes the official reader's own test file, an empty one, padding and a null __metadata__", async () => {
    // safetensors/src/tensor.rs, test_serialization and test_empty.
    const official = safetensorsFile(
      '{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}',
      new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer),
    );
    const rows = await (await read(official)).get("attn.0")!.rows(0, 1);
    expect([...new Float32Array(rows.buffer)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await read(safetensorsFile("{}      ", ramp(0)))).size).toBe(0);
    expect((await read(safetensorsFile('{"__metadata__":null}', ramp(0)))).size).toBe(0);
  });

  it("takes tensors in any order of the header, and an unaligned one", async () => {
    const entries = {
      z: { dtype: "F32", shape: [1], data_offsets: [1, 5] },
      a: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
    };
    const tensors = await read(safetensorsFile(entries, ramp(5)));
    expect(await tensors.get("z")?.rows(0, 1)).toEqual(ramp(5).slice(1));
  });

  it("keeps a tensor named __proto__ a tensor", async () => {
    const json = '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    expect([...(await read(safetensorsFile(json, ramp(4)))).keys()]).toEqual(["__proto__"]);
  });

  it("lists a tensor of integers or float8, and refuses it only when it is used", async () => {
    const entries = {
      ids: { dtype: "I64", shape: [1], data_offsets: [0, 8] },
      w: { dtype: "F8_E4M3", shape: [4], data_offsets: [8, 12] },
    };
    const tensors = await read(safetensorsFile(entries, ramp(12)));
    expect(tensors.get("w")).toMatchObject({ name: "w", shape: [4] });
    expect(tensors.get("ids")).toMatchObject({
      dtype: undefined,
      refusal: expect.any(UnsupportedError),
    });
    const error = await rejection(tensors.get("w")!.rows(0, 1));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as GemmaError).message).toContain(
      'model.safetensors: "w" expected one of F64, F32, F16, BF16, got F8_E4M3',
    );
  });

  it("throws the reason of an aborted signal", async () => {
    const reason = new Error("stop");
    const file = bytesSource(safetensorsFile(header(), ramp(44)));
    expect(await rejection(readSafetensors(file, AbortSignal.abort(reason)))).toBe(reason);
  });
});

describe("readSafetensorsHeader", () => {
  it("gives the metadata, each dtype as the file spells it, and where offset 0 lies", async () => {
    const bytes = safetensorsFile({ __metadata__: { format: "pt" }, ...header() }, ramp(44));
    const { metadata, entries, dataBegin } = await readSafetensorsHeader(bytesSource(bytes));
    expect([...metadata]).toEqual([["format", "pt"]]);
    expect(entries.get("b")).toEqual({ dtype: "F32", shape: [2, 2], begin: 24, end: 40 });
    expect(dataBegin).toBe(bytes.length - 44);
  });
});

describe("a file that is not a safetensors file", () => {
  const text = (s: string) => Uint8Array.from(s, (char) => char.charCodeAt(0));
  it.each([
    ["GGUF\x03\0\0\0\x14\0\0\0\0\0\0\0", "got a GGUF file"],
    ["PK\x03\x04\0\0\x08\x08\0\0\0\0\0\0\0\0", "got a zip archive (a PyTorch checkpoint"],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "run `git lfs pull`"],
    ["<!doctype html><title>Sign in</title>", "got a web page"],
    ['{"weight_map": {}}', "got the index of a checkpoint in shards; open the folder it lies in"],
    ["\0".repeat(100), "got zeros"],
    ["\x01\x02\x03\x04\x05\x06\x07\x08\x09", "a header length of 578437695752307201"],
    ["\x02\0\0\0\0\0\0\0[]", 'expected a header that begins with "{", got byte 0x5b'],
    ["\x00\0\0\0\0\0\0\0", "got an empty header"],
    ['\x80\x02\0\0\0\0\0\0{"a":', "or it is truncated or still being downloaded"],
    ["\x00\0\0", "got 3 bytes; the file is truncated"],
    ["", "got 0 bytes"],
  ])("%j is refused, saying what it is", async (content, message) => {
    const error = await refusal(text(content));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^readSafetensors: model\.safetensors expected /);
  });

  it("a header above the official 100 MB is refused before it is read", async () => {
    const prefix = new Uint8Array(new BigUint64Array([100_000_001n]).buffer);
    const huge: ByteSource = {
      name: "huge",
      size: 1e12,
      async read(begin, end) {
        expect(end).toBeLessThanOrEqual(FILE_KIND_BYTES);
        const head = new Uint8Array(FILE_KIND_BYTES);
        head.set(prefix);
        head[8] = 0x7b;
        return head.slice(begin, end);
      },
    };
    const error = await rejection(readSafetensors(huge));
    expect((error as GemmaError).message).toContain(
      "expected a header of at most 100000000 bytes in a file of 1000000000000, got a header length of 100000001",
    );
  });
});

describe("a header that contradicts itself or its file", () => {
  const change = (name: string, entry: Partial<Entry> | unknown): unknown => {
    const whole = header();
    const replaced = typeof entry === "object" && entry !== null && !Array.isArray(entry);
    return { ...whole, [name]: replaced ? { ...whole[name], ...entry } : entry };
  };
  it.each<[string, unknown, string]>([
    ["an entry that is no object", change("a", 3), '"a" expected an object'],
    ["a dtype that is no string", change("a", { dtype: 7 }), '"a" expected a string as dtype'],
    ["a shape that is no list", change("a", { shape: "3" }), '"a" expected a list of sizes'],
    ["a negative size", change("a", { shape: [-3, -4] }), "got [-3, -4]"],
    ["a fractional size", change("a", { shape: [1.5, 8] }), "got [1.5, 8]"],
    ["a size beyond 2^53", change("a", { shape: [2 ** 53 + 2, 0] }), "expected a list of sizes"],
    ["a product beyond 2^53", change("a", { shape: [2 ** 30, 2 ** 30] }), "below 2^53"],
    ["one offset", change("a", { data_offsets: [0] }), "expected two byte offsets"],
    ["three offsets", change("a", { data_offsets: [0, 24, 24] }), "expected two byte offsets"],
    ["no offsets", change("a", { data_offsets: undefined }), "got nothing"],
    ["offsets as text", change("a", { data_offsets: ["0", "24"] }), "expected two byte offsets"],
    ["a negative offset", change("a", { data_offsets: [-24, 0] }), "expected two byte offsets"],
    ["offsets back to front", change("a", { data_offsets: [24, 0] }), "got -24"],
    [
      "a shape that does not fill its bytes",
      change("a", { shape: [3, 3] }),
      "expected 18 bytes for BF16 [3, 3], got 24 (data_offsets [0, 24])",
    ],
    ["half a byte", change("a", { dtype: "F4", shape: [3] }), "a whole number of bytes"],
    [
      "overlapping tensors",
      change("b", { data_offsets: [20, 36] }),
      '"b" expected to begin at 24, where the tensor before it ends, got 20',
    ],
    ["a gap", change("c", { data_offsets: [41, 45] }), '"c" expected to begin at 40'],
    [
      "a tensor beyond the end",
      { ...header(), d: { dtype: "F32", shape: [1], data_offsets: [44, 48] } },
      "expected 48 bytes of tensors after the header, got 44",
    ],
    ["bytes that belong to no tensor", { a: header().a }, "expected 24 bytes"],
    ["metadata that is no object", { __metadata__: 3, ...header() }, '"__metadata__" expected'],
    ["metadata that is not text", { __metadata__: { n: 1 }, ...header() }, 'a number under "n"'],
    [
      "a name that comes twice",
      '{"a":{"dtype":"U8","shape":[44],"data_offsets":[0,44]},"a":{"dtype":"U8","shape":[44],"data_offsets":[0,44]}}',
      '"a" expected the key once, got it twice',
    ],
    ["broken JSON", '{"a":', "expected a JSON object"],
  ])("%s", async (_, json, message) => {
    const error = await refusal(safetensorsFile(json, ramp(44)));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^readSafetensors: model\.safetensors/);
  });

  it("a dtype the format does not define is unsupported, and named", async () => {
    const error = await refusal(safetensorsFile(change("a", { dtype: "Q4" }), ramp(44)));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ argument: "a", got: '"Q4"', file: "model.safetensors" });
  });
});

describe("damaged files", () => {
  const whole = fixture("mqa/model.safetensors");

  it("any truncation is refused when the file is opened", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        expect(await refusal(whole.subarray(0, length))).toBeInstanceOf(FormatError);
      }),
      { numRuns: RUNS },
    );
    for (let length = 0; length < 40; length++) {
      expect(await refusal(whole.subarray(0, length))).toBeInstanceOf(FormatError);
    }
  });

  it("bytes appended are refused when the file is opened", async () => {
    const longer = new Uint8Array(whole.length + 1);
    longer.set(whole);
    expect((await refusal(longer)).hint).toContain("appended");
  });

  /** What Python would do: trust the header, slice the buffer. Only for files that were accepted. */
  async function assertNothingWrong(bytes: Uint8Array): Promise<boolean> {
    let tensors: Awaited<ReturnType<typeof read>>;
    try {
      tensors = await read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(GemmaError);
      return false;
    }
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const json = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const size: Record<string, number> = { bfloat16: 2, float16: 2, float32: 4, float64: 8 };
    for (const [name, tensor] of tensors) {
      const { shape, data_offsets: offsets } = json[name];
      let got: Uint8Array;
      let bytesPerElement: number;
      try {
        got = await tensor.rows(0, shape[0] ?? 1);
        bytesPerElement = size[tensor.dtype!];
      } catch (error) {
        expect(error).toBeInstanceOf(UnsupportedError);
        continue;
      }
      const product = shape.reduce((a: number, b: number) => a * b, 1);
      expect(got.length).toBe(product * bytesPerElement);
      expect(
        Buffer.compare(got, bytes.subarray(8 + length + offsets[0], 8 + length + offsets[1])),
      ).toBe(0);
    }
    return true;
  }

  it("the file itself passes the check that the damaged ones are put to", async () => {
    expect(await assertNothingWrong(whole)).toBe(true);
  });

  it("bytes changed in the header give a typed error, or exactly what the header then says", async () => {
    const headerEnd = 8 + 2056;
    const change = fc.tuple(fc.nat(headerEnd - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = whole.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        await assertNothingWrong(bytes);
      }),
      { numRuns: RUNS },
    );
  });

  it("digits, brackets and dtypes changed in the header do the same", async () => {
    const text = new TextDecoder().decode(whole.subarray(8, 8 + 2056));
    const places = [...text.matchAll(/[\d[\],:{}"]|BF16/g)];
    const value = fc.constantFrom("0", "1", "9", "-1", "1e3", "F32", "I64", "[", "]", ",", "null");
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), value, async (place, by) => {
        const json = text.slice(0, place.index) + by + text.slice(place.index + place[0].length);
        await assertNothingWrong(safetensorsFile(jsonText(json), whole.subarray(8 + 2056)));
      }),
      { numRuns: RUNS },
    );
  });

  it("a header rewritten member by member does the same", async () => {
    const header = JSON.parse(new TextDecoder().decode(whole.subarray(8, 8 + 2056)));
    await fc.assert(
      fc.asyncProperty(mutatedJson(header), async (json) => {
        await assertNothingWrong(safetensorsFile(jsonText(json), whole.subarray(8 + 2056)));
      }),
      { numRuns: RUNS },
    );
  });

  it("a file that shrinks after it was opened is refused when its rows are read", async () => {
    const inner = bytesSource(whole, "model.safetensors");
    let cut = whole.length;
    const shrinking: ByteSource = {
      ...inner,
      read: async (begin, end) => (await readAll(inner)).slice(begin, Math.min(end, cut)),
    };
    const tensors = await readSafetensors(shrinking);
    cut = 10_000;
    const error = await rejection(tensors.get("model.norm.weight")!.rows(0, 64));
    expect(error).toBeInstanceOf(FormatError);
    expect((error as GemmaError).hint).toContain("truncated");
  });
});
