/**
 * The header of a safetensors file: a JSON object that says where each tensor lies.
 *
 *     {"__metadata__": {"format": "pt"},
 *      "model.norm.weight": {"dtype": "BF16", "shape": [2048], "data_offsets": [0, 4096]}, ...}
 *
 * Offsets count from the end of the header. The tensors must tile the rest of the file: sorted by
 * offset, each begins where the one before it ends, and the last ends with the file. So no two
 * tensors overlap, nothing is hidden between them, and a file cut short is noticed at once. Rules
 * and their order follow `Metadata::validate` of huggingface/safetensors, safetensors/src/tensor.rs
 * (commit 000a16f); they do not ask for alignment, so neither do we.
 * @module
 */
import { brief } from "../../brief.ts";
import { FormatError, UnsupportedError } from "../../errors.ts";
import { isObject, kindOf, parseJsonObject } from "../../source/json.ts";
import { formatShape } from "../../tensor/tensor.ts";

/** One tensor of the header. */
export interface SafetensorsEntry {
  /** As the file spells it: "BF16", "F32", "I64". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte, and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What the header of a safetensors file says, checked. */
export interface SafetensorsHeader {
  /** Free text about the file; usually `format` → `pt`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The tensors by name. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** Bits per element of every dtype the format defines. */
const BITS: Readonly<Record<string, number>> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8 },
  ...{ F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32 },
  ...{ C64: 64, F64: 64, I64: 64, U64: 64 },
};

const op = "readSafetensors";

/**
 * The header in `json`, checked against the `dataBytes` bytes that follow it.
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not a header, or contradicts itself or the size of the file.
 * @throws {UnsupportedError} if a dtype is none of the format's.
 */
export function parseSafetensorsHeader(
  json: Uint8Array,
  dataBytes: number,
  file: string,
): SafetensorsHeader {
  const { __metadata__: metadata, ...tensors } = parseJsonObject(json, op, file);
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, value] of Object.entries(tensors)) {
    entries.set(name, parseEntry(name, value, file));
  }
  assertTiles(entries, dataBytes, file);
  return { metadata: parseMetadata(metadata, file), entries };
}

const HINT = "the header is damaged; download the file again";

function parseMetadata(metadata: unknown, file: string): Map<string, string> {
  if (metadata === undefined || metadata === null) return new Map();
  const argument = "__metadata__";
  const expected = "an object of strings";
  if (!isObject(metadata)) {
    throw new FormatError({ op, file, argument, expected, got: kindOf(metadata), hint: HINT });
  }
  const texts = new Map<string, string>();
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== "string") {
      const got = `${kindOf(text)} under ${brief(key)}`;
      throw new FormatError({ op, file, argument, expected, got, hint: HINT });
    }
    texts.set(key, text);
  }
  return texts;
}

function parseEntry(name: string, value: unknown, file: string): SafetensorsEntry {
  const refuse = (expected: string, got: string) =>
    new FormatError({ op, file, argument: name, expected, got, hint: HINT });
  if (!isObject(value)) throw refuse("an object with dtype, shape and data_offsets", kindOf(value));
  const { dtype, shape, data_offsets: offsets } = value;

  if (typeof dtype !== "string") throw refuse("a string as dtype", kindOf(dtype));
  if (!Object.hasOwn(BITS, dtype)) {
    throw new UnsupportedError({
      op,
      file,
      argument: name,
      expected: `a dtype of the format (${Object.keys(BITS).join(", ")})`,
      got: brief(dtype),
      hint: HINT,
    });
  }
  if (!isNaturals(shape)) throw refuse("a list of sizes as shape", brief(shape));
  if (!isNaturals(offsets) || offsets.length !== 2) {
    throw refuse("two byte offsets as data_offsets", brief(offsets));
  }
  const bytes = sizeInBytes(shape, dtype);
  if (bytes === undefined) {
    throw refuse(
      "a shape that takes a whole number of bytes below 2^53",
      `${dtype} ${formatShape(shape)}`,
    );
  }
  const [begin, end] = offsets;
  if (end - begin !== bytes) {
    throw refuse(
      `${bytes} bytes for ${dtype} ${formatShape(shape)}`,
      `${end - begin} (data_offsets [${begin}, ${end}])`,
    );
  }
  return { dtype, shape, begin, end };
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

/** `undefined` where the product leaves the exact integers of a number: 2^53 + 1 would equal 2^53. */
function sizeInBytes(shape: readonly number[], dtype: string): number | undefined {
  let bits = BITS[dtype];
  for (const axis of shape) {
    bits *= axis;
    if (!Number.isSafeInteger(bits)) return undefined;
  }
  return bits % 8 === 0 ? bits / 8 : undefined;
}

function assertTiles(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  dataBytes: number,
  file: string,
): void {
  const sorted = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const [name, entry] of sorted) {
    if (entry.begin !== end) {
      throw new FormatError({
        op,
        file,
        argument: name,
        expected: `to begin at ${end}, where the tensor before it ends`,
        got: `${entry.begin}`,
        hint: "tensors must neither overlap nor leave a gap",
      });
    }
    end = entry.end;
  }
  if (end === dataBytes) return;
  throw new FormatError({
    op,
    file,
    argument: "data",
    expected: `${end} bytes of tensors after the header`,
    got: `${dataBytes}`,
    hint:
      dataBytes < end
        ? "the file is truncated, or is still being downloaded"
        : "something was appended to the file, or its header is another file's",
  });
}
