/**
 * The arrays of google-research/lm-extraction-benchmark: `*_prefix.npy` and `*_suffix.npy`, integers of [n, 50] each, row i of the one going
 * on in row i of the other. Its own are GPT-Neo's tokens: those of Gemma have to be made from the texts.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { assertOptions } from "../../options.ts";
import { formatShape } from "../../tensor/tensor.ts";
import type { AuditDocument } from "./audit-document.ts";

/** An array of integers [n, k], row-major, as `readNpy` of gemma-reference gives it. */
export interface IdArray {
  /** [n, k]. */
  readonly shape: readonly number[];
  /** Its ids. */
  readonly data: ArrayLike<number>;
}

/** How the documents of two arrays are named. */
export interface ExtractionBenchmarkOptions {
  /** What stands before the number of the row in an id. Default "row ". */
  readonly name?: string;
  /** Where they come from. Default: "all". */
  readonly source?: string;
}

/**
 * A document of each row: prefix, and then suffix. An audit of them has `prompts: [k]` of the prefix and `suffix` of the suffix.
 * @throws {ArgumentError} unless both are of two dimensions, with as many rows, of integers.
 */
export function documentsFromArrays(
  prefix: IdArray,
  suffix: IdArray,
  options: ExtractionBenchmarkOptions = {},
): AuditDocument[] {
  const op = "documentsFromArrays";
  assertOptions(op, options, { name: true, source: true });
  const { name = "row ", source } = options;
  const refuse = refusals(op);
  for (const [argument, { shape, data }] of Object.entries({ prefix, suffix })) {
    if (shape.length !== 2) {
      throw refuse.argument(argument, "[n, k], a row of ids for each document", formatShape(shape));
    }
    if (data.length !== shape[0] * shape[1]) {
      const expected = `${shape[0] * shape[1]} ids, as ${formatShape(shape)} says`;
      throw refuse.argument(`${argument}.data`, expected, `${data.length}`);
    }
    const at = Array.prototype.findIndex.call(data, (id) => !Number.isInteger(id) || id < 0);
    if (at >= 0) throw refuse.argument(`${argument}.data[${at}]`, "a token id", brief(data[at]));
  }
  const [n] = prefix.shape;
  if (suffix.shape[0] !== n) {
    throw refuse.argument("suffix", `${n} rows, as prefix has`, `${suffix.shape[0]}`);
  }
  const rowOf = ({ shape: [, k], data }: IdArray, i: number) =>
    Array.from({ length: k }, (_, j) => data[i * k + j]);
  return Array.from({ length: n }, (_, i) => ({
    id: `${name}${i}`,
    ids: [...rowOf(prefix, i), ...rowOf(suffix, i)],
    ...(source === undefined ? {} : { source }),
  }));
}

/** Two arrays as lm-extraction-benchmark has them; `writeNpy` of gemma-reference makes a file of each. */
export interface ExtractionArrays {
  /** The first ids of each document, `[n, k]`. */
  readonly prefix: { readonly shape: readonly number[]; readonly data: Int32Array };
  /** Those behind them, `[n, s]`. */
  readonly suffix: { readonly shape: readonly number[]; readonly data: Int32Array };
}

/**
 * The arrays of documents that are ids: k of each, and the s behind them; what is behind these is left out.
 * @throws {ArgumentError} if a document has fewer than k + s ids.
 */
export function arraysFromDocuments(
  documents: readonly { readonly id: string; readonly ids: readonly number[] }[],
  k = 50,
  s = 50,
): ExtractionArrays {
  const refuse = refusals("arraysFromDocuments");
  const prefix = new Int32Array(documents.length * k);
  const suffix = new Int32Array(documents.length * s);
  for (const [i, { id, ids }] of documents.entries()) {
    if (ids.length < k + s) {
      const expected = `${k} and ${s} ids at least (${brief(id)})`;
      const hint = "leave shorter documents out, and count them";
      throw refuse.argument(`documents[${i}].ids`, expected, `${ids.length}`, hint);
    }
    prefix.set(ids.slice(0, k), i * k);
    suffix.set(ids.slice(k, k + s), i * s);
  }
  return {
    prefix: { shape: [documents.length, k], data: prefix },
    suffix: { shape: [documents.length, s], data: suffix },
  };
}
