/**
 * Token files: ids of a whole corpus in one array, one document behind the other, as `.npy` or as a member of an `.npz`. uint16 holds the
 * ids of small vocabularies, uint32 those of Gemma's 256,000.
 * @module
 */
import { assertInteger } from "../../../check.ts";
import { readNpy, type StoredNpyArray } from "../../../checkpoint/numpy/npy.ts";
import { readNpz } from "../../../checkpoint/numpy/npz.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { assertBytes } from "../../../source/byte-source.ts";

/** Ids of a corpus. */
export type TokenArray = Uint16Array | Uint32Array;

/** Options of {@link readTokens}. */
export interface TokenFileOptions {
  /** Number of ids that the model has; a greater id is refused. Default: any id is taken. */
  readonly vocabSize?: number;
  /** The file's name, for messages. */
  readonly name?: string;
}

const NAMES: OptionNames<TokenFileOptions> = { vocabSize: true, name: true };

/** The name of the only array of an `.npy` file. */
export const ONLY = "tokens";

const op = "readTokens";
/** The first bytes of a zip archive. */
const ZIP = [0x50, 0x4b];

/**
 * The arrays of a token file by name: the members of an `.npz`, or the one of an `.npy`, called {@link ONLY}.
 * @throws {FormatError} if it is no such file, is damaged, or an array has more than one axis or an id that the model does not have.
 * @throws {UnsupportedError} if the ids are not uint16 or uint32.
 */
export function readTokens(
  bytes: Uint8Array,
  options: TokenFileOptions = {},
): ReadonlyMap<string, TokenArray> {
  assertBytes(op, bytes);
  assertOptions(op, options, NAMES);
  const { vocabSize = Number.MAX_SAFE_INTEGER, name = "tokens" } = options;
  assertInteger(op, "vocabSize", vocabSize, { from: 1 });
  const isZip = ZIP.every((byte, i) => bytes[i] === byte);
  const arrays = isZip ? readNpz(bytes, name) : new Map([[ONLY, readNpy(bytes, name)]]);
  return new Map(
    Array.from(arrays, ([member, array]) => {
      const file = isZip ? `${name}/${member}` : name;
      return [member, tokensOf(array, file, vocabSize)];
    }),
  );
}

function tokensOf({ data, shape, descr }: StoredNpyArray, file: string, size: number): TokenArray {
  const refuse = refusals(op, file);
  if (!(data instanceof Uint16Array || data instanceof Uint32Array)) {
    const hint = 'numpy.save(file, ids.astype("<u4"))';
    throw refuse.unsupported("descr", "<u2 or <u4", descr, hint);
  }
  if (shape.length !== 1) throw refuse.format("shape", "one axis", shape);
  const other = data.findIndex((id) => id >= size);
  if (other < 0) return data;
  const hint = "the file was made with another tokenizer";
  throw refuse.format(`[${other}]`, `an id from 0 to ${size - 1}`, data[other], hint);
}
