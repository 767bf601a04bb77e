/**
 * fixtures/mqa/model.npz is NumPy's own (fixtures/README.md); model.safetensors beside it, and the goldens,
 * say what must come out.
 */
import fc from "fast-check";
import type { Zippable } from "fflate";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { openGguf } from "../../../src/checkpoint/gguf/open.ts";
import { writeNpy } from "../../../src/checkpoint/numpy/npy.ts";
import { openNpz } from "../../../src/checkpoint/numpy/open.ts";
import { writeNpzCheckpoint } from "../../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { crc32 } from "../../../src/checkpoint/zip/crc32.ts";
import { readZipDirectory } from "../../../src/checkpoint/zip/directory.ts";
import { unzip } from "../../../src/checkpoint/zip/unzip.ts";
import { relativeError } from "../../../src/conformance/metrics.ts";
import { FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { type ByteSource, bytesSource } from "../../../src/source/byte-source.ts";
import { type Folder, filesFolder } from "../../../src/source/folder.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { ramp, rejection } from "../../support/files/safetensors-file.ts";
import { zip } from "../../support/files/zip.ts";
import { fixtureFolder } from "../../support/files.ts";
import { damaged, RUNS } from "../../support/fuzz.ts";
import { checkpoint, golden, promptIds, readFixture } from "../../support/goldens.ts";
import { whole } from "../../support/whole.ts";

const NUMPY = readFixture("mqa/model.npz");
const CONFIG = readFixture("mqa/config.json");
const all = (tensor: RowSource) => tensor.rows(0, tensor.shape[0]);
const inFolder = (files: Record<string, Uint8Array>) =>
  openCheckpoint(filesFolder({ "config.json": CONFIG, ...files }, "m"));
const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes, "w.npz"));
const refusal = async (promise: Promise<unknown>) => {
  const error = await rejection(promise);
  expect(error).toBeInstanceOf(GemmaError);
  return error as GemmaError;
};

async function expectSameTensors(got: Checkpoint, expected: Checkpoint): Promise<void> {
  expect([...got.tensors.keys()]).toEqual([...expected.tensors.keys()]);
  for (const [name, tensor] of expected.tensors) {
    const ours = got.tensors.get(name)!;
    expect([name, ours.shape, ours.dtype]).toEqual([name, tensor.shape, tensor.dtype]);
    expect(Buffer.compare(await all(ours), await all(tensor))).toBe(0);
  }
}

/** An .npy file of this header, of `bytes` of data. */
function npy(descr: string, shape: string, bytes: number, fortran = "False"): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00v\x00${dict.padEnd(117)}\n`, "latin1");
  return new Uint8Array(Buffer.concat([head, ramp(bytes)]));
}

describe("NumPy's own archive of weights", () => {
  it("holds the safetensors' weights, bit for bit, under the same names", async () => {
    await expectSameTensors(await inFolder({ "any.npz": NUMPY }), await checkpoint("mqa"));
  });

  it("has Google's logits in float64", async () => {
    const gemma = await Gemma.load(await inFolder({ "any.npz": NUMPY }), { precision: "float64" });
    const { data } = await gemma.logits(promptIds("mqa", "prompt-7"));
    // As of the safetensors, in spec/model/forward.spec.ts: another order of summing.
    const expected = golden("mqa/prompt-7.npz", "logits.f64");
    expect(relativeError(Float64Array.from(data), expected)).toBeLessThan(1e-12);
  });

  it("is read a few rows at a time", async () => {
    const name = "model.layers.1.self_attn.q_proj.weight";
    const { tensors } = await inFolder({ "any.npz": NUMPY });
    const expected = await (await checkpoint("mqa")).tensors.get(name)!.rows(3, 9);
    expect(await tensors.get(name)!.rows(3, 9)).toEqual(expected);
  });

  it("is what we write, but for the dtype's sign of a byte order", async () => {
    const numpys = unzip(NUMPY, "numpy");
    const ours = unzip(await whole(writeNpzCheckpoint(await checkpoint("mqa"))), "ours");
    expect([...ours.keys()]).toEqual(["config.json", "generation_config.json", ...numpys.keys()]);
    for (const [name, bytes] of numpys) {
      // NumPy without ml_dtypes says |V2, with it <V2.
      const signed = bytes.with(bytes.indexOf("|".charCodeAt(0)), "<".charCodeAt(0));
      expect(Buffer.compare(ours.get(name)!, signed)).toBe(0);
    }
  });
});

describe("writeNpzCheckpoint", () => {
  it.each(["mqa", "tiny-stories-it"])("%s: there and back, all in one file", async (name) => {
    const from = await checkpoint(name);
    const back = await open(await whole(writeNpzCheckpoint(from)));
    await expectSameTensors(back, from);
    expect([back.name, back.config, back.tokenizer?.bytes()]).toEqual([
      "w.npz",
      from.config,
      from.tokenizer?.bytes(),
    ]);
  });

  it("writes arrays as numpy.save does, in any dtype", async () => {
    const from = await checkpoint("mqa");
    const name = "model.layers.0.input_layernorm.weight";
    const { shape } = from.tensors.get(name)!;
    const wide = await all(
      (await open(await whole(writeNpzCheckpoint(from, { type: "F32" })))).tensors.get(name)!,
    );
    const values = new Float32Array(wide.buffer);
    for (const [type, data] of [
      ["F32", values],
      ["F64", Float64Array.from(values)],
    ] as const) {
      const members = unzip(await whole(writeNpzCheckpoint(from, { type })), "z");
      // npy.spec.ts shows that writeNpy writes the same bytes as numpy.save.
      expect(members.get(`${name}.npy`)).toEqual(writeNpy({ shape, data }));
      const json = JSON.parse(new TextDecoder().decode(members.get("config.json")));
      expect(json.torch_dtype).toBe(type === "F32" ? "float32" : "float64");
    }
    const half = await open(await whole(writeNpzCheckpoint(from, { type: "F16" })));
    expect(half.tensors.get(name)?.dtype).toBe("float16");
  });

  it("writes norms without the 1 that GGUF has added, and blocks as float32, exactly", async () => {
    const file = "gguf/model.Q8_0.gguf";
    const from = await openGguf(bytesSource(readFixture(file)));
    const { tensors } = await open(await whole(writeNpzCheckpoint(from)));
    const rows = await tensors.get("model.layers.0.mlp.gate_proj.weight")!.rows(0, 4);
    const expected = golden("gguf/goldens.npz", "gate_proj.Q8_0");
    expect(Float64Array.from(new Float32Array(rows.buffer))).toEqual(expected);
    const [norm, published] = await Promise.all(
      [tensors, (await checkpoint("gguf")).tensors].map((some) =>
        all(some.get("model.norm.weight")!),
      ),
    );
    // w passed through a float32 of 1 + w, of which half a last place is 6e-8 where it lies in 1..2.
    const [x, y] = [new Float32Array(norm.buffer), new Uint16Array(published.buffer)];
    const w = new Float32Array(Uint32Array.from(y, (bits) => bits << 16).buffer);
    for (const [i, value] of w.entries()) expect(Math.abs(x[i] - value)).toBeLessThan(1.2e-7);
  });

  it("has every array in the type asked for", async () => {
    const bytes = await whole(writeNpzCheckpoint(await checkpoint("mqa"), { type: "F16" }));
    const { tensors } = await openNpz(bytesSource(bytes));
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["float16"]));
  });

  it("refuses a tensor of three axes, and stops for a signal", async () => {
    const from = await checkpoint("mqa");
    const odd = { ...from.tensors.get("model.norm.weight")!, shape: [1, 1, 64] };
    const tensors = new Map([["odd", odd]]);
    expect(() => writeNpzCheckpoint({ ...from, tensors })).toThrow(UnsupportedError);
    const abort = new AbortController();
    const chunks = writeNpzCheckpoint(from).chunks(abort.signal);
    await chunks.next();
    abort.abort("enough");
    await expect(
      chunks
        .next()
        .then(() => chunks.next())
        .then(() => chunks.next()),
    ).rejects.toBe("enough");
  });
});

describe("numpy.savez_compressed", () => {
  const data = Float64Array.from({ length: 60_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 12);
  const x = writeNpy({ shape: [600, 100], data });
  const deflated = zip({ "config.json": CONFIG, "x.npy": x }, { level: 6 });
  const rowsOf = (bytes: Uint8Array) => new Float64Array(bytes.buffer);
  const expected = (begin: number, end: number) => data.slice(begin * 100, end * 100);

  it("holds the same weights", async () => {
    const members = Object.fromEntries(unzip(NUMPY, "numpy"));
    const packed = zip(members, { level: 9 });
    await expectSameTensors(await inFolder({ "any.npz": packed }), await checkpoint("mqa"));
  });

  it("is read in order without unpacking twice, and also back, across and at the same time", async () => {
    let read = 0;
    const bytes = bytesSource(deflated);
    const source: ByteSource = {
      ...bytes,
      async read(begin, end) {
        read += end - begin;
        return bytes.read(begin, end);
      },
    };
    const tensor = (await openNpz(source)).tensors.get("x")!;
    read = 0;
    for (let row = 0; row < 600; row += 7) {
      const end = Math.min(600, row + 7);
      expect(rowsOf(await tensor.rows(row, end))).toEqual(expected(row, end));
    }
    expect(read).toBeLessThan(deflated.length);
    expect(rowsOf(await tensor.rows(3, 5))).toEqual(expected(3, 5));
    expect(rowsOf(await tensor.rows(300, 301))).toEqual(expected(300, 301));
    expect(await tensor.rows(9, 9)).toHaveLength(0);
    const [a, b, c] = [tensor.rows(400, 500), tensor.rows(450, 600), tensor.rows(0, 600)];
    expect((await Promise.all([a, b, c])).map(rowsOf)).toEqual([
      expected(400, 500),
      expected(450, 600),
      data,
    ]);
  });

  it("is checked where it is read to its end", async () => {
    const wrong = deflated.slice();
    const { crc } = (await readZipDirectory(bytesSource(deflated)))[1];
    const bytes = new Uint8Array(Uint32Array.of(crc).buffer);
    const at = wrong.findLastIndex((_, i) => bytes.every((byte, k) => wrong[i + k] === byte));
    wrong[at] ^= 1;
    const tensor = (await open(wrong)).tensors.get("x")!;
    expect(rowsOf(await tensor.rows(0, 2))).toEqual(expected(0, 2));
    for (const begin of [0, 598]) {
      const error = await refusal(tensor.rows(begin, 600));
      expect(error.message).toMatch(/w\.npz: "x\.npy" expected the size and checksum/);
    }
  });

  it("is checked too where its last number comes long before its last byte", async () => {
    // Two stored blocks, together as long as the portion read at once; then an empty last block, and `more`.
    const array = npy("<V2", "(8123,)", 2 * 8123);
    const half = array.length / 2;
    const block = [half & 0xff, half >> 8, ~half & 0xff, (~half >> 8) & 0xff];
    const packed = (more: number) => {
      const blocks = [[0, ...block], array.subarray(0, half), [0, ...block], array.subarray(half)];
      const end = [1, 0, 0, 0xff, 0xff];
      return Buffer.concat(
        [...blocks, end, new Uint8Array(more)].map((part) => Uint8Array.from(part)),
      );
    };
    const archive = (more: number, crc: number) => {
      const bytes = zip({ "config.json": CONFIG, "x.npy": packed(more) }, { level: 0 });
      const view = new DataView(bytes.buffer);
      const entry = bytes.length - 22 - (46 + "x.npy".length);
      view.setUint16(entry + 10, 8, true);
      view.setUint32(entry + 16, crc, true);
      view.setUint32(entry + 24, array.length, true);
      return bytes;
    };
    const read = async (more: number, crc: number) =>
      (await open(archive(more, crc))).tensors.get("x")!.rows(0, 8123);
    expect(await read(0, crc32(array))).toEqual(array.slice(128));
    expect((await refusal(read(0, 1))).message).toMatch(/the size and checksum/);
    expect((await refusal(read(99_999, crc32(array)))).message).toMatch(/end with their last byte/);
  });

  it("goes on after a read that was stopped", async () => {
    const tensor = (await open(deflated)).tensors.get("x")!;
    await tensor.rows(0, 10);
    await expect(tensor.rows(10, 20, AbortSignal.abort("enough"))).rejects.toBe("enough");
    expect(rowsOf(await tensor.rows(10, 20))).toEqual(expected(10, 20));
  });
});

describe("a folder", () => {
  const goldens = readFixture("mqa/prompt-1.npz");

  it("with safetensors beside an .npz opens the safetensors", async () => {
    const { tensors, close } = await openCheckpoint(fixtureFolder("mqa"));
    expect(tensors.get("model.norm.weight")?.file).toMatch(/model\.safetensors$/);
    await close();
  });

  it("opens the .npz that holds weights, with the tokenizer beside it", async () => {
    const tokenizer = readFixture("tiny-stories/tokenizer.model");
    const opened = await inFolder({
      "a.npz": goldens,
      "m.npz": NUMPY,
      "z.npz": goldens,
      "tokenizer.model": tokenizer,
    });
    const { name, tensors } = opened;
    expect([name, opened.tokenizer?.bytes(), tensors.size]).toEqual(["m", tokenizer, 20]);
  });

  it("believes the config in the archive before the one beside it", async () => {
    const inside = await whole(writeNpzCheckpoint(await checkpoint("mqa")));
    const other = readFixture("gqa/config.json");
    const { config } = await inFolder({ "config.json": other, "m.npz": inside });
    expect(config.hiddenSize).toBe(64);
  });

  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    [
      "two of them",
      { "a.npz": NUMPY, "b.npz": NUMPY },
      /one \.npz file of weights, got a\.npz, b\.npz/,
    ],
    [
      "golden data alone",
      { "a.npz": goldens },
      /"model\.safetensors" expected .* download model\.safe/,
    ],
    [
      "arrays of other names",
      { "weights.npz": goldens },
      /openCheckpoint reads weights\.npz if its arrays have Hugging Face's names/,
    ],
    ["a truncated one", { "a.npz": NUMPY.subarray(0, 9999) }, /a\.npz.*truncated/],
    ["a GGUF file too", { "a.npz": NUMPY, "b.gguf": ramp(99) }, /b\.gguf/],
    [
      "two",
      { "a.npz": NUMPY, "b.gguf": ramp(99), "c.gguf": ramp(99) },
      /one \.gguf file, got b\.gguf, c\.gguf/,
    ],
  ])("with %s", async (_, files, message) => {
    expect((await refusal(inFolder(files))).message).toMatch(message);
  });

  it("closes what it opened, but for the weights while they are open", async () => {
    let count = 0;
    const files: Record<string, Uint8Array> = {
      "config.json": CONFIG,
      "g.npz": goldens,
      "m.npz": NUMPY,
    };
    const counting = (content: typeof files): Folder => ({
      ...filesFolder(content),
      async open(file) {
        const source = await filesFolder(content).open(file);
        if (source) count++;
        return source && { ...source, close: async () => void count-- };
      },
    });
    const opened = await openCheckpoint(counting(files));
    expect(count).toBe(1);
    await opened.close();
    expect(count).toBe(0);
    await refusal(openCheckpoint(counting({ ...files, "config.json": ramp(9) })));
    await refusal(openCheckpoint(counting({ ...files, "n.npz": NUMPY })));
    await rejection(openCheckpoint(counting(files), { signal: AbortSignal.abort() }));
    expect(count).toBe(0);
  });
});

describe("a zip archive", () => {
  it.each<[string, Zippable, RegExp]>([
    ["of a folder", { "m/model.safetensors": ramp(9) }, /got m\/model\.safetensors; unpack it/],
    ["of something else", { "a.txt": ramp(9) }, /data\.pkl\) or of NumPy.*got a\.txt; this zip/],
    ["of nothing", {}, /got an empty archive/],
    [
      "of weights without a config",
      { "model.norm.weight.npy": ramp(9) },
      /"config\.json".*put both/,
    ],
  ])("%s is refused with what to do", async (_, files, message) => {
    expect((await refusal(open(zip(files)))).message).toMatch(message);
  });
});

describe("an array that no weight can be", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["column-major", npy("<f4", "(2, 3)", 24, "True"), /w\.npz\/x\.npy.*numpy\.ascontiguousarray/],
    [
      "of int64",
      npy("<i8", "()", 8),
      /one of <f8, <f4, <f2, <V2, \|V2, got <i8; save array\.astype/,
    ],
    ["big-endian", npy(">f4", "(1,)", 4), /got >f4/],
    ["of three nameless bytes", npy("|V3", "(1,)", 3), /got \|V3/],
    ["pickled", npy("|O", "(1,)", 30), /got \|O/],
  ])("(%s) does no harm until it is asked for", async (_, array, message) => {
    const good = npy("<f4", "(2, 3)", 24);
    const files = { "config.json": CONFIG, "x.npy": array, "../y.npy": good };
    const { tensors } = await open(zip(files, { level: 0 }));
    expect(await all(tensors.get("../y")!)).toEqual(ramp(24));
    const x = tensors.get("x")!;
    expect((await refusal(x.rows(0, 1))).message).toMatch(message);
    expect(x).toMatchObject({ dtype: undefined, refusal: expect.any(UnsupportedError) });
  });
});

describe("a hostile archive", () => {
  const files = {
    "config.json": CONFIG,
    "x.npy": npy("<f4", "(2, 3)", 24),
    "y.npy": npy("<V2", "(4,)", 8),
  };
  const plain = zip(files, { level: 0 });
  const directory = new DataView(plain.buffer).getUint32(plain.length - 6, true);
  const entries = [directory];
  for (let i = 0; i < 2; i++) entries.push(plain.indexOf(0x50, entries[i] + 46));
  const changed = (...changes: [at: number, value: number][]) => {
    const bytes = plain.slice();
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  };
  const xHeader = new DataView(plain.buffer).getUint32(entries[1] + 42, true);
  const one = (array: Uint8Array) => zip({ "config.json": CONFIG, "x.npy": array }, { level: 0 });

  it.each<[string, Uint8Array, RegExp]>([
    [
      "a claim of petabytes",
      one(npy("<f4", "(1000000000, 1000000)", 24)),
      /4000000000000000 bytes of data/,
    ],
    [
      "a product beyond all numbers",
      one(npy("<f4", `(${"9007199254740991, ".repeat(3)})`, 24)),
      /bytes of data/,
    ],
    [
      "a product of infinity and nothing",
      one(npy("<f4", `(${"9e15, ".repeat(4)})`, 24)),
      /a Python dict/,
    ],
    ["a negative axis", one(npy("<f4", "(-2, -3)", 24)), /a Python dict/],
    [
      "fewer bytes than its shape",
      one(npy("<f4", "(2, 3)", 23)),
      /x\.npy expected 24 bytes of data.*got 23/,
    ],
    ["more bytes than its shape", one(npy("<f4", "(2, 3)", 25)), /got 25/],
    [
      "a header longer than the member",
      one(npy("<f4", "(2, 3)", 24).with(9, 0x7f)),
      /header of 32630 bytes/,
    ],
    [
      "a header of gigabytes",
      one(npy("<f4", "(2, 3)", 24).with(6, 2)),
      /header of at most 65535 bytes/,
    ],
    ["no .npy at all", one(ramp(40)), /w\.npz\/x\.npy expected an \.npy file/],
    ["an encrypted member", changed([entries[1] + 8, 1]), /an encrypted member/],
    ["another compression", changed([entries[1] + 10, 12]), /compression method 12/],
    [
      "a member that reaches into the next",
      changed([xHeader + 28, 99]),
      /"x\.npy" expected a place of its own/,
    ],
    ["an offset to no member", changed([entries[1] + 42, 1]), /a member's header|place of its own/],
    ["a name twice", changed([entries[2] + 46, "x".charCodeAt(0)]), /one member of that name/],
    ["a config of 256 MB", changed([entries[0] + 27, 0x10]), /config\.json.*at most 5000000 bytes/],
    [
      "a config of another kind",
      zip({ "config.json": ramp(50), "x.npy": files["x.npy"] }),
      /w\.npz\/config\.json/,
    ],
  ])("with %s is refused", async (_, bytes, message) => {
    const error = await refusal(open(bytes));
    expect(error.message).toMatch(message);
  });

  it("that would fill the memory with zeros is refused before anything is unpacked", async () => {
    const bomb = zip(files, { level: 9 });
    const at = new DataView(bomb.buffer).getUint32(bomb.length - 6, true);
    bomb[bomb.indexOf(0x50, at + 46) + 27] = 0x7f; // 2 GB, of 100 bytes
    const error = await refusal(open(bomb));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch(
      /of at most 67108864 bytes in all, got 2\d{9}; save it with numpy/,
    );
  });

  it("with a directory of a million entries is refused before it is parsed", async () => {
    const end = new DataView(new ArrayBuffer(22));
    end.setUint32(0, 0x06054b50, true);
    end.setUint32(12, 2e7, true);
    const bytes = new Uint8Array(2e7 + 22);
    bytes.set([0x50, 0x4b, 3, 4]);
    bytes.set(new Uint8Array(end.buffer), 2e7);
    expect((await refusal(open(bytes))).message).toMatch(/directory of at most 16777216 bytes/);
  });

  it("is refused at any truncation", async () => {
    for (let length = 0; length < plain.length; length++) {
      expect(await rejection(open(plain.slice(0, length)))).toBeInstanceOf(FormatError);
    }
  });

  /** Everything in it; and no read, nor all results together, is larger than the file. */
  async function settle(bytes: Uint8Array): Promise<Map<string, Uint8Array> | undefined> {
    const within = bytesSource(bytes);
    const source: ByteSource = {
      ...within,
      async read(begin, end) {
        expect(end - begin).toBeLessThanOrEqual(bytes.length);
        return within.read(begin, end);
      },
    };
    try {
      const { tensors } = await openNpz(source);
      const read = new Map<string, Uint8Array>();
      for (const [name, tensor] of tensors)
        read.set(name, await tensor.rows(0, tensor.shape[0] ?? 1));
      return read;
    } catch (error) {
      if (!(error instanceof GemmaError)) throw error;
      return undefined;
    }
  }

  it("damaged, is a typed error or tensors that lie within it (fuzz)", async () => {
    await fc.assert(
      fc.asyncProperty(damaged(plain), async (bytes) => {
        const read = (await settle(bytes)) ?? new Map<string, Uint8Array>();
        const total = [...read.values()].reduce((sum, { length }) => sum + length, 0);
        expect(total).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: RUNS },
    );
  });

  it("damaged where it is deflated, is a typed error or the right numbers (fuzz)", async () => {
    const values = Object.values(files)
      .slice(1)
      .map((bytes) => bytes.slice(128));
    await fc.assert(
      fc.asyncProperty(damaged(zip(files, { level: 9 })), async (bytes) => {
        // Members may be renamed or (without .npy) skipped, but may not hold other numbers.
        for (const got of (await settle(bytes))?.values() ?? []) expect(values).toContainEqual(got);
      }),
      { numRuns: RUNS },
    );
  });

  it("in zip64, damaged, is a typed error or tensors that lie within it (fuzz)", async () => {
    const { writeZip } = await import("../../../src/checkpoint/zip/write.ts");
    const members = Object.entries(files).map(([name, bytes]) => ({
      name,
      size: bytes.length,
      async *chunks() {
        yield bytes;
      },
    }));
    const wide = await whole(writeZip(members, { zip64From: 0 }));
    expect((await settle(wide))?.size).toBe(2);
    await fc.assert(
      fc.asyncProperty(damaged(wide), async (bytes) => void (await settle(bytes))),
      {
        numRuns: RUNS,
      },
    );
  });
});
