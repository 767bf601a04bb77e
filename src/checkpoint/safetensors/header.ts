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
import { type Refusals, refusals } from "../../errors.ts";
import { isObject, kindOf, parseJsonObject } from "../../source/json.ts";
import { formatShape } from "../../tensor/tensor.ts";
import { DENSE } from "../dtypes.ts";
import { TRUNCATED } from "../file-rows.ts";

/** One tensor of the header. */
export interface SafetensorsEntry {
  /** As the file spells it: "BF16", "F32", "I64". */
  readonly dtype: string;
  /** Its axes. */
  readonly shape: readonly number[];
  /** First byte, and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  /** Where it ends, counted as `begin` is. */
  readonly end: number;
}

/** The contents of the header of a safetensors file, checked. */
export interface SafetensorsHeader {
  /** Free text about the file; usually `format` → `pt`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The tensors by name. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** Bits per element of every dtype that the format defines: those of weights, and the others. */
export const BITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(DENSE.map(({ name, bytes }) => [name, 8 * bytes])),
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8 },
  ...{ F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ I16: 16, U16: 16, I32: 32, U32: 32, C64: 64, I64: 64, U64: 64 },
};

const op = "readSafetensors";
const DAMAGED = "the header is damaged; download the file again";
const APPENDED = "something was appended to the file, or its header is another file's";

/**
 * The header in `json`, checked against the `dataBytes` bytes that follow it.
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not a header, or contradicts itself or the size of the file.
 * @throws {UnsupportedError} if a dtype is not one of the format's.
 */
export function parseSafetensorsHeader(
  json: Uint8Array,
  dataBytes: number,
  file: string,
): SafetensorsHeader {
  const refuse = refusals(op, file, { format: DAMAGED, unsupported: DAMAGED });
  const { __metadata__: metadata, ...tensors } = parseJsonObject(json, op, file);
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, value] of Object.entries(tensors)) {
    entries.set(name, parseEntry(name, value, refuse));
  }
  assertTiles(entries, dataBytes, refuse);
  return { metadata: parseMetadata(metadata, refuse), entries };
}

function parseMetadata(metadata: unknown, refuse: Refusals): Map<string, string> {
  if (metadata === undefined || metadata === null) return new Map();
  const [key, expected] = ["__metadata__", "an object of strings"];
  if (!isObject(metadata)) throw refuse.format(key, expected, kindOf(metadata));
  const entries = Object.entries(metadata);
  const wrong = entries.find(([, text]) => typeof text !== "string");
  if (wrong === undefined) return new Map(entries as [string, string][]);
  throw refuse.format(key, expected, `${kindOf(wrong[1])} under ${brief(wrong[0])}`);
}

function parseEntry(name: string, value: unknown, refuse: Refusals): SafetensorsEntry {
  if (!isObject(value)) {
    throw refuse.format(name, "an object with dtype, shape and data_offsets", kindOf(value));
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") throw refuse.format(name, "a string as dtype", kindOf(dtype));
  if (!Object.hasOwn(BITS, dtype)) {
    const expected = `a dtype of the format (${Object.keys(BITS).join(", ")})`;
    throw refuse.unsupported(name, expected, brief(dtype));
  }
  if (!isNaturals(shape)) throw refuse.format(name, "a list of sizes as shape", brief(shape));
  if (!isNaturals(offsets) || offsets.length !== 2) {
    throw refuse.format(name, "two byte offsets as data_offsets", brief(offsets));
  }
  const bytes = sizeInBytes(shape, dtype);
  const tensor = `${dtype} ${formatShape(shape)}`;
  if (bytes === undefined) {
    throw refuse.format(name, "a shape that takes a whole number of bytes below 2^53", tensor);
  }
  const [begin, end] = offsets;
  if (end - begin !== bytes) {
    const got = `${end - begin} (data_offsets [${begin}, ${end}])`;
    throw refuse.format(name, `${bytes} bytes for ${tensor}`, got);
  }
  return { dtype, shape, begin, end };
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

/** `undefined` beyond the exact integers of a number: 2^53 + 1 would equal 2^53. */
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
  refuse: Refusals,
): void {
  const sorted = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const [name, { begin, end: next }] of sorted) {
    if (begin !== end) {
      const expected = `to begin at ${end}, where the tensor before it ends`;
      throw refuse.format(name, expected, begin, "tensors must neither overlap nor leave a gap");
    }
    end = next;
  }
  if (end === dataBytes) return;
  const hint = dataBytes < end ? TRUNCATED : APPENDED;
  throw refuse.format("data", `${end} bytes of tensors after the header`, dataBytes, hint);
}
