/**
 * The vectors of tier T1: what the nano models are fed.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { parseTap, type TapName, tapNames } from "../../model/taps.ts";
import { NANO_MODELS, type NanoModel } from "./nano.ts";
import { splitMixBytes } from "./splitmix.ts";
import type { Feed, ForwardVector } from "./vector.ts";

/** A vector before its truth and its budgets are known. */
export type Undecided<V> = Omit<V, "budgets">;

/** A forward vector before it is known what it asks for. */
interface Case {
  readonly name: string;
  readonly note: string;
  readonly feeds: readonly Feed[];
  readonly taps: readonly string[];
}

/** BOS, and ids of the vocabulary from a seed. */
function prompt({ config: { vocabSize, bosTokenId } }: NanoModel, seed: number, length: number) {
  const some = splitMixBytes(seed, length - 1);
  return [bosTokenId, ...Array.from(some, (byte) => (byte + 128) % vocabSize)];
}

/** The taps that engines are asked for: all but what each head adds to the stream, of which they compute the sum only. */
export function askedTaps(config: GemmaConfig): TapName[] {
  return tapNames(config).filter((name) => parseTap(name).tap !== "attn.hook_result");
}

/** Lengths of feeds, cut from one prompt. */
function inFeeds(ids: readonly number[], lengths: readonly number[]): Feed[] {
  let pos = 0;
  return lengths.map((length) => {
    const feed = { ids: ids.slice(pos, pos + length), pos };
    pos += length;
    return feed;
  });
}

function casesOf(model: NanoModel, seed: number): Case[] {
  const logits = ["logits"];
  const all = askedTaps(model.config);
  const ids = prompt(model, seed, 70);
  const other = prompt(model, seed + 1, 6).slice(1);
  return [
    {
      name: "one",
      note: "A single token: its softmax has one term.",
      feeds: inFeeds(ids, [1]),
      taps: logits,
    },
    {
      name: "taps",
      note: "Eleven tokens, with every intermediate.",
      feeds: inFeeds(ids, [11]),
      taps: all,
    },
    {
      name: "long",
      note: "Seventy tokens at once, more than a chunk of 64.",
      feeds: inFeeds(ids, [70]),
      taps: logits,
    },
    {
      name: "chunks",
      note: "A prompt fed in pieces of 5, 1, 7 and 4: positions and the cache go on.",
      feeds: inFeeds(ids, [5, 1, 7, 4]),
      taps: [
        "blocks.0.attn.hook_rot_q",
        "blocks.0.attn.hook_rot_k",
        "blocks.1.attn.hook_pattern",
        "logits",
      ],
    },
    {
      name: "decode",
      note: "Six tokens, and then one by one.",
      feeds: inFeeds(ids, [6, 1, 1, 1]),
      taps: logits,
    },
    {
      name: "rewind",
      note: "Nine tokens, back to position 4, and five others: what was taken back is forgotten.",
      feeds: [...inFeeds(ids, [9]), { ids: other, pos: 4 }],
      taps: ["blocks.1.attn.hook_pattern", "logits"],
    },
  ];
}

/** Prompts that begin far along, with nothing before them: RoPE at large positions without a long prefill. */
function farCases(model: NanoModel, seed: number): Case[] {
  const ids = prompt(model, seed, 9);
  return [250, 4090, 8183].map((pos) => ({
    name: `from-${pos}`,
    note: `Nine tokens at positions ${pos} to ${pos + 8}, with nothing before them.`,
    feeds: [{ ids, pos }],
    taps: ["blocks.0.attn.hook_rot_q", "blocks.0.attn.hook_rot_k", "logits"],
  }));
}

/** All forward vectors. */
export const FORWARD_VECTORS: readonly Undecided<ForwardVector>[] = NANO_MODELS.flatMap(
  (model, m) => {
    const seed = 100 * (m + 1);
    const cases = [...casesOf(model, seed), ...(m === 0 ? farCases(model, seed + 50) : [])];
    return cases.map(
      ({ name, ...rest }): Undecided<ForwardVector> => ({
        id: `t1.${model.name}.${name}`,
        tier: "T1",
        kind: "forward",
        model: model.name,
        ...rest,
        ...(model.name === "gqa" && { beyondGemma1: true }),
      }),
    );
  },
);
