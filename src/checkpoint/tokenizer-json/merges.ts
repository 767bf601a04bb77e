/**
 * The merges of a `tokenizer.json`, and whether scores in the order of ids lead to the ids of SentencePiece.
 *
 * SentencePiece merges by the score of the piece that is made, whatever its halves; `tokenizers` by the place
 * of the pair in a list. The converter turns one into the other by listing, for every piece, each way to cut it
 * into two pieces, in the order of the scores. In the other direction: only the order of the scores of learnt
 * pieces matters, and the list has this order if
 *
 * 1. the merges that make one learnt piece stand together, so that there is one order of pieces;
 * 2. that order is the order of ids, as the trainer numbers the pieces it learns: otherwise a piece was added
 *    by hand, and has another type or score than it seems;
 * 3. no way to make a piece is left out, for SentencePiece would take it; they are counted;
 * 4. every learnt piece can be made, or its place in the order is unknown.
 *
 * All four are checked. Whether two learnt pieces have the same score, so that the leftmost is merged, cannot
 * be seen; SentencePiece's trainer makes no such pieces. Characters are never made by merging, so their scores
 * do not matter. User-defined pieces are not either: wherever one begins, it is cut out before any merging. So
 * their merges are skipped, as are those of control pieces and bytes, which SentencePiece does not merge to.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import { PieceType } from "../../tokenizer/model-proto.ts";

const KEY = "model.merges";
const HINT =
  "it was trained or changed elsewhere; put a tokenizer.model beside it: that is read instead";

/** The parts of a `tokenizer.json` that must agree. */
export interface Merges {
  /** `"a b"`, or `["a", "b"]`. */
  readonly merges: unknown;
  /** Text → id. */
  readonly vocab: Readonly<Record<string, unknown>>;
  /** Id → text, also of added tokens that are not in `vocab`. */
  readonly texts: readonly string[];
  /** Id → type. */
  readonly types: readonly PieceType[];
}

/**
 * Checks the four conditions above.
 * @throws {FormatError} if a merge is not a pair of texts, or makes no piece.
 * @throws {UnsupportedError} if SentencePiece would merge otherwise.
 */
export function assertMerges({ merges, vocab, texts, types }: Merges, refuse: Refusals): void {
  if (!Array.isArray(merges)) throw refuse.format(KEY, "an array", brief(merges));
  const learntFrom = (id: number) => {
    while (id < texts.length && !(types[id] === PieceType.NORMAL && isLong(texts[id]))) id++;
    return id;
  };

  const ways = new Uint32Array(texts.length);
  let current = -1;
  let next = learntFrom(0);
  for (const merge of merges) {
    const made = textOf(merge);
    if (made === undefined) throw refuse.format(KEY, "pairs of texts", brief(merge));
    if (made === texts[next]) {
      current = next;
      next = learntFrom(next + 1);
    } else if (made !== texts[current]) {
      if (!Object.hasOwn(vocab, made)) {
        throw refuse.format(KEY, "pairs that make a piece", `a pair that makes ${brief(made)}`);
      }
      if (types[vocab[made] as number] !== PieceType.NORMAL) continue;
      const piece = next < texts.length ? `${brief(texts[next])} next` : "no further piece";
      const expected = `pieces in the order of their ids: ${piece}`;
      throw refuse.unsupported(KEY, expected, brief(made), HINT);
    }
    ways[current]++;
  }

  const cuts = cutsInto(texts, (text) => Object.hasOwn(vocab, text));
  for (let id = learntFrom(0); id < texts.length; id = learntFrom(id + 1)) {
    if (ways[id] > 0 && ways[id] === cuts(texts[id], ways[id])) continue;
    const expected = `all ways to make ${brief(texts[id])}, at least one`;
    throw refuse.unsupported(KEY, expected, ways[id], HINT);
  }
}

/** Whether `text` is more than one character. */
function isLong(text: string): boolean {
  return text.length > 2 || (text.length === 2 && text.codePointAt(0)! <= 0xffff);
}

/** The text that a merge makes. */
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
 * Counts the ways to cut a text into two known pieces; `texts` holds every known piece.
 *
 * Gemma's 256,000 pieces have 1.2 million cuts, and looking up the halves of each costs half a second
 * (docs/performance.md). So a filter of hashes counts first, and it is cheap, because the hash of a text follows
 * from those of its halves. It may count too many; the texts are looked up only where it does not count as many
 * as expected.
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
