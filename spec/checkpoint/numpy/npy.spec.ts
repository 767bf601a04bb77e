import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type NpyArray, readNpy, writeNpy } from "../../../src/checkpoint/numpy/npy.ts";
import { ArgumentError, FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { RUNS } from "../../support/fuzz.ts";

const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/**
 * A file as numpy.save wrote it: the 128 bytes of magic, version, length, dict and padding, and then
 * the data in base64. Both were printed by NumPy 2.4.6 (`numpy.save(io.BytesIO(), array)`).
 */
function numpy(dict: string, data: string): Uint8Array {
  const head = Buffer.from(`\x93NUMPY\x01\x00v\x00${dict.padEnd(117)}\n`, "latin1");
  return new Uint8Array(Buffer.concat([head, base64(data)]));
}
const dictOf = (descr: string, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;

/** One array of each dtype we write, and the file NumPy makes of it. */
const WRITTEN: [string, NpyArray, Uint8Array][] = [
  [
    "float64, with infinity, a subnormal-sized value, -0 and NaN",
    { shape: [2, 3], data: Float64Array.of(0.1, -2.5, Infinity, 1e-300, -0, NaN) },
    base64(
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5PwAAAAAAAATAAAAAAAAA8H9Z8/jCH26lAQAAAAAAAACAAAAAAAAA+H8=",
    ),
  ],
  [
    "float32",
    { shape: [3], data: Float32Array.of(0, 1 / 3, 2 / 3) },
    base64(
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAq6qqPquqKj8=",
    ),
  ],
  [
    "a scalar int32",
    { shape: [], data: Int32Array.of(-7) },
    base64(
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr5////",
    ),
  ],
  [
    "uint16 (bfloat16 bit patterns)",
    { shape: [2, 1, 2], data: Uint16Array.of(0x3f80, 0x3f81, 0x3f82, 0x3f83) },
    base64(
      "k05VTVBZAQB2AHsnZGVzY3InOiAnPHUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAP4E/gj+DPw==",
    ),
  ],
  [
    "uint8 without elements",
    { shape: [0, 5], data: new Uint8Array(0) },
    base64(
      "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDUpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=",
    ),
  ],
];

describe.each(WRITTEN)("%s", (_, array, file) => {
  it("is written as numpy.save writes it, byte for byte", () => {
    expect(Buffer.from(writeNpy(array)).toString("latin1")).toBe(
      Buffer.from(file).toString("latin1"),
    );
  });
  it("is read from numpy.save's file", () => {
    const { shape, data } = readNpy(file);
    expect(shape).toEqual(array.shape);
    expect(data).toEqual(array.data);
  });
});

describe("writeNpy", () => {
  it("pads by 64 where the header already fits, as NumPy does", () => {
    // (0, 1 twelve times, last): lengths of the files numpy.save writes, NumPy 2.4.6.
    for (const [last, length] of [
      [10, 128],
      [100, 192],
      [1000, 192],
    ]) {
      const shape = [0, ...new Array<number>(12).fill(1), last];
      expect(writeNpy({ shape, data: new Float64Array(0) }).length).toBe(length);
    }
  });

  it("writes a view into a larger buffer, and only the view", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(readNpy(writeNpy({ shape: [2], data })).data).toEqual(Float32Array.of(2, 3));
  });

  it.each([[[2]], [[3, 2]], [[-1, -3]], [[1.5, 2]]])(
    "refuses shape %j for three elements",
    (shape) => {
      expect(() => writeNpy({ shape, data: new Float64Array(3) })).toThrow(ArgumentError);
    },
  );

  it("refuses data that no dtype of NumPy's is written for", () => {
    const data = new BigInt64Array(1) as unknown as Float64Array;
    expect(() => writeNpy({ shape: [1], data })).toThrow('writeNpy: "data" expected a typed array');
  });
});

describe("readNpy", () => {
  it("inverts writeNpy for every dtype and shape", () => {
    const array = fc
      .tuple(
        fc.array(fc.nat(4), { maxLength: 4 }),
        fc.constantFrom(
          Float64Array,
          Float32Array,
          Int32Array,
          Uint32Array,
          Int16Array,
          Uint16Array,
          Int8Array,
          Uint8Array,
        ),
        fc.infiniteStream(fc.double()),
      )
      .map(([shape, Typed, values]) => {
        const length = shape.reduce((a, b) => a * b, 1);
        return { shape, data: Typed.from([...values.take(length)]) };
      });
    fc.assert(
      fc.property(array, fc.nat(7), ({ shape, data }, misalignment) => {
        const file = writeNpy({ shape, data });
        const shifted = new Uint8Array(file.length + misalignment).subarray(misalignment);
        shifted.set(file);
        const read = readNpy(shifted);
        expect(read.shape).toEqual(shape);
        expect(read.data).toEqual(data);
      }),
    );
  });

  it("widens float16 and int64 exactly, and bool to 0 and 1", () => {
    const half = readNpy(numpy(dictOf("<f2", "(4,)"), "ADxmrv97AQA="));
    expect(half.descr).toBe("<f2");
    // numpy.array([1, -0.1, 65504, 6e-8], "<f2").astype("<f8").tolist()
    expect(half.data).toEqual(Float32Array.of(1, -0.0999755859375, 65504, 2 ** -24));
    const long = readNpy(numpy(dictOf("<i8", "(2,)"), "////////HwD9/////////w=="));
    expect(long.data).toEqual(Float64Array.of(2 ** 53 - 1, -3));
    expect(readNpy(numpy(dictOf("|b1", "(2,)"), "AQA=")).data).toEqual(Uint8Array.of(1, 0));
  });

  it("reads version 2.0", () => {
    const { data } = readNpy(
      base64(
        // numpy.lib.format.write_array(file, numpy.array([1.5, -2.0]), version=(2, 0))
        "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAADA",
      ),
    );
    expect(data).toEqual(Float64Array.of(1.5, -2));
  });

  it.each([
    ["keys in another order", "{'shape': (1,), 'fortran_order': False, 'descr': '|u1'}"],
    ["double quotes and no spaces", '{"descr":"|u1","fortran_order":False,"shape":(1,)}'],
    ["Python 2's long integers", "{'descr': '|u1', 'fortran_order': False, 'shape': (1L,), }"],
  ])("reads a header with %s", (_, dict) => {
    expect(readNpy(numpy(dict, "Bw=="))).toEqual({
      shape: [1],
      data: Uint8Array.of(7),
      descr: "|u1",
    });
  });

  it("copies: the caller may change the file's bytes and the array", () => {
    const file = numpy(dictOf("|u1", "(1,)"), "Bw==");
    const { data } = readNpy(file);
    file.fill(0);
    expect(data[0]).toBe(7);
  });

  it.each([
    ["big-endian data", dictOf(">f8", "(1,)"), "P/AAAAAAAAA=", "got >f8"],
    ["complex data", dictOf("<c8", "(1,)"), "AAAAAAAAgD8=", "got <c8"],
    ["strings", dictOf("<U2", "(1,)"), "YQAAAGIAAAA=", "got <U2"],
    ["pickled objects", dictOf("|O", "(1,)"), "gAQ=", "got |O"],
    [
      "records",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
      "AAAAAA==",
      "got [('a', '<f4')]",
    ],
    [
      "an int64 beyond 2^53",
      dictOf("<i8", "(1,)"),
      "AAAAAAAAIAA=",
      "expected int64 values within ±2^53",
    ],
    [
      "column-major order",
      "{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1), }",
      "AAAAAAAA8D8=",
      "numpy.ascontiguousarray",
    ],
  ])("does not read %s, and says so", (_, dict, data, message) => {
    expect(() => readNpy(numpy(dict, data), "x.npy")).toThrow(UnsupportedError);
    expect(() => readNpy(numpy(dict, data), "x.npy")).toThrow(message);
  });

  it("does not read version 3.0, which is for the field names of records", () => {
    const file = numpy(dictOf("|u1", "(1,)"), "Bw==");
    file[6] = 3;
    expect(() => readNpy(file)).toThrow(UnsupportedError);
  });

  it.each([
    ["a key that is missing", "{'descr': '|u1', 'shape': (1,), }"],
    [
      "a key that comes twice",
      "{'descr': '|u1', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
    ],
    ["a key of its own", "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1, }"],
    ["a shape that is no tuple", "{'descr': '|u1', 'fortran_order': False, 'shape': (1), }"],
    ["a shape with holes", "{'descr': '|u1', 'fortran_order': False, 'shape': (1,,1), }"],
    ["a negative size", "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }"],
    [
      "a size beyond 2^53",
      "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    ],
    ["code", "__import__('os')"],
  ])("refuses a header with %s", (_, dict) => {
    expect(() => readNpy(numpy(dict, "Bw=="))).toThrow(FormatError);
  });

  it("refuses a size that no number holds exactly, even without elements", () => {
    const file = numpy(dictOf("|u1", "(99999999999999999999, 0)"), "");
    expect(() => readNpy(file)).toThrow('"shape" expected a tuple of sizes below 2^53');
  });

  it.each([
    ["", "expected 1 bytes of data for |u1 [1], got 0; the file is truncated"],
    ["Bwc=", "got 2; it holds more than one array"],
  ])("refuses data that are not as long as the shape says", (data, message) => {
    expect(() => readNpy(numpy(dictOf("|u1", "(1,)"), data))).toThrow(message);
  });

  it("says what another file is", () => {
    const gguf = new TextEncoder().encode("GGUF\x03\0\0\0");
    expect(() => readNpy(gguf, "x")).toThrow("readNpy: x expected an .npy file, got a GGUF file");
  });

  it("cut short or changed, it throws nothing but typed errors", () => {
    const [, , file] = WRITTEN[0];
    expect(() => readNpy(file.subarray(0, 60), "x.npy")).toThrow(
      "readNpy: x.npy expected a header of 118 bytes, got 50; the file is truncated",
    );
    for (let length = 0; length < file.length; length++) {
      expect(() => readNpy(file.subarray(0, length))).toThrow(FormatError);
    }
    fc.assert(
      fc.property(fc.nat(127), fc.nat(255), (at, byte) => {
        const changed = file.slice();
        changed[at] = byte;
        try {
          const { shape, data } = readNpy(changed);
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(GemmaError);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
