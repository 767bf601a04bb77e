/**
 * The merges of a `tokenizer.json`, and whether scores in the order of ids lead to the ids of SentencePiece.
 *
 * SentencePiece merges by the score of the piece that is made, from whatever halves; `tokenizers` by the
 * place of the pair in a list. The converter turns one into the other by listing, for every piece, each way
 * to cut it into two pieces, in the order of the scores. Read backwards: of what is learnt, only the order of
 * the scores matters, and the list has it if
 *
 * 1. the merges that make one learnt piece stand together, so that there is one order of pieces;
 * 2. that order is the order of ids, as the trainer numbers what it learns: otherwise a piece was added by
 *    hand, and is of another type or score than it seems;
 * 3. no way to make a piece is left out, for SentencePiece would take it; they are counted;
 * 4. every learnt piece can be made, or its place in the order is unknown.
 *
 * All four are checked. What cannot be seen is whether two learnt pieces have one score, so that the
 * leftmost is merged; SentencePiece's trainer makes no such pieces. Characters are never made by merging, so their scores are free. Nor are user-defined
 * pieces: wherever one begins, it is cut out before any merging, and frozen. So their merges say nothing and
 * are stepped over, as are those of control pieces and bytes, to which SentencePiece does not merge.
 * @module
 */
import { brief } from "../../brief.ts";
import { FormatError, UnsupportedError } from "../../errors.ts";
import { PieceType } from "../../tokenizer/model-proto.ts";

const op = "hfVocabulary";
const argument = "model.merges";
const hint =
  "it was trained or changed elsewhere; put a tokenizer.model beside it: that is read instead";

/** The parts of a `tokenizer.json` that must agree. */
export interface Merges {
  /** `"a b"`, or `["a", "b"]`. */
  readonly merges: unknown;
  /** Text → id. */
  readonly vocab: Readonly<Record<string, unknown>>;
  /** The same by id, and those of added tokens that are not in it. */
  readonly texts: readonly string[];
  readonly types: readonly PieceType[];
  readonly file: string;
}

/**
 * Checks the four, see above.
 * @throws {FormatError} if a merge is none, or makes no piece.
 * @throws {UnsupportedError} if SentencePiece would merge otherwise.
 */
export function assertMerges({ merges, vocab, texts, types, file }: Merges): void {
  const malformed = (expected: string, got: string) =>
    new FormatError({ op, file, argument, expected, got });
  const unsupported = (expected: string, got: string) =>
    new UnsupportedError({ op, file, argument, expected, got, hint });
  if (!Array.isArray(merges)) throw malformed("an array", brief(merges));
  const learntFrom = (id: number) => {
    while (id < texts.length && !(types[id] === PieceType.NORMAL && isLong(texts[id]))) id++;
    return id;
  };

  const ways = new Uint32Array(texts.length);
  let current = -1;
  let next = learntFrom(0);
  for (const merge of merges) {
    const made = textOf(merge);
    if (made === undefined) {
      throw malformed("pairs of texts", brief(merge));
    }
    if (made === texts[next]) {
      current = next;
      next = learntFrom(next + 1);
    } else if (made !== texts[current]) {
      if (!Object.hasOwn(vocab, made)) {
        throw malformed("pairs that make a piece", `one that makes ${brief(made)}`);
      }
      if (types[vocab[made] as number] !== PieceType.NORMAL) continue;
      const piece = next < texts.length ? `${brief(texts[next])} next` : "no more";
      throw unsupported(`pieces in the order of their ids: ${piece}`, brief(made));
    }
    ways[current]++;
  }

  const cuts = cutsInto(texts, (text) => Object.hasOwn(vocab, text));
  for (let id = learntFrom(0); id < texts.length; id = learntFrom(id + 1)) {
    if (ways[id] > 0 && ways[id] === cuts(texts[id], ways[id])) continue;
    const expected = `all ways to make ${brief(texts[id])}, and one at least`;
    throw unsupported(expected, `${ways[id]}`);
  }
}

/** Whether `text` is more than one character. */
function isLong(text: string): boolean {
  return text.length > 2 || (text.length === 2 && text.codePointAt(0)! <= 0xffff);
}

/** What a merge makes. */
function textOf(merge: unknown): string | undefined {
  if (typeof merge === "string") {
    const space = merge.indexOf(" ");
    const isPair = space > 0 && space < merge.length - 1;
    return isPair ? merge.slice(0, space) + merge.slice(space + 1) : undefined;
  }
  if (!Array.isArray(merge) || merge.length !== 2) return undefined;
  const [left, right] = merge;
  return typeof left === "string" && typeof right === "string" ? left + right : undefined;
}

const FACTOR = 0x01000193;
/** Slots of the filter, as a power of two. */
const BITS = 24;

/**
 * Counts the ways to cut a text into two that are known, of which all are among `texts`.
 *
 * Half a million pairs would have to be looked up, and more that are none. So it is first counted with a
 * filter of hashes, which are cheap, as the hash of a text follows from those of its halves; it may count
 * too many, and only where that is not as many as expected are texts looked up.
 */
function cutsInto(
  texts: readonly string[],
  isKnown: (text: string) => boolean,
): (text: string, expected: number) => number {
  const longest = texts.reduce((length, text) => Math.max(length, text.length), 0);
  const powers = new Int32Array(longest + 1).fill(1);
  for (let i = 1; i <= longest; i++) powers[i] = Math.imul(powers[i - 1], FACTOR);
  const filter = new Uint8Array(2 ** (BITS - 3));
  const slotOf = (hash: number) => Math.imul(hash, 0x9e3779b1) >>> (32 - BITS);
  const has = (hash: number) => {
    const slot = slotOf(hash);
    return ((filter[slot >> 3] >> (slot & 7)) & 1) === 1;
  };
  for (const text of texts) {
    const slot = slotOf(hashOf(text));
    filter[slot >> 3] |= 1 << (slot & 7);
  }

  return (text, expected) => {
    const whole = hashOf(text);
    const found: number[] = [];
    let left = 0;
    for (let cut = 1; cut < text.length; cut++) {
      left = (Math.imul(left, FACTOR) + text.charCodeAt(cut - 1)) | 0;
      if (!has(left)) continue;
      const right = whole - Math.imul(left, powers[text.length - cut]);
      if (has(right)) found.push(cut);
    }
    if (found.length === expected) return expected;
    return found.filter((cut) => isKnown(text.slice(0, cut)) && isKnown(text.slice(cut))).length;
  };
}

/** Σ FACTORⁿ⁻¹⁻ⁱ · text[i], in 32 bits. */
function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) {
    hash = (Math.imul(hash, FACTOR) + text.charCodeAt(i)) | 0;
  }
  return hash;
}
