/**
 * All exercises, in the order of the road, and a whole Gemma of them.
 * @module
 */
import { type Exercise, solved } from "../exercise.ts";
import type { Parts } from "../parts.ts";
import { adamw } from "./adamw.ts";
import { attention, attentionOver } from "./attention.ts";
import { audit } from "./audit.ts";
import { block } from "./block.ts";
import { cache } from "./cache.ts";
import { chat } from "./chat.ts";
import { embed } from "./embed.ts";
import { geglu } from "./geglu.ts";
import { gradcheck } from "./gradcheck.ts";
import { kvhead } from "./kvhead.ts";
import { linear } from "./linear.ts";
import { logits, logitsOver } from "./logits.ts";
import { merge } from "./merge.ts";
import { rloo } from "./rloo.ts";
import { rmsnorm } from "./rmsnorm.ts";
import { rope } from "./rope.ts";
import { sample } from "./sample.ts";
import { softmax } from "./softmax.ts";

/** In the order of the road. */
export const EXERCISES: readonly Exercise[] = [
  ...[merge, embed, rmsnorm, linear, softmax, attention, rope],
  ...[kvhead, geglu, block, logits, sample, cache, chat],
  ...[gradcheck, adamw, rloo, audit],
];

/** Those whose functions are in the running model. */
export const PLAYABLE: readonly Exercise[] = EXERCISES.filter(({ isBeside }) => !isBeside);

const RIGHT = Object.assign({}, ...EXERCISES.map(solved)) as Parts;

/**
 * A whole Gemma: these parts, and right ones for the rest. Where attention or the output are not among them, they
 * are built on the softmax, norm and projection that are.
 */
export function completed(some: Partial<Parts>): Parts {
  const parts = { ...RIGHT, ...some };
  return {
    ...parts,
    attention: some.attention ?? attentionOver(parts.softmax),
    logits: some.logits ?? logitsOver(parts),
  };
}
