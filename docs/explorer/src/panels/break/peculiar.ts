/**
 * What is peculiar to some bugs: how a text has to be fed so that they can show, and when they cannot.
 * @module
 */
import type { GemmaConfig } from "../../../../../src/config.ts";
import type { Step } from "./engine-run.ts";

/** Integers that bfloat16 holds. */
const BFLOAT16_INTEGERS = 256;

const whole = (ids: readonly number[]): Step[] => [{ ids, pos: 0 }];
const part = (ids: readonly number[], from: number, to = ids.length): Step => ({
  ids: ids.slice(from, to),
  pos: from,
});

/** A text as it is fed: in one piece, unless a bug of the cache shows only in several. */
export function stepsFor(bug: string, ids: readonly number[]): readonly Step[] {
  const half = Math.ceil(ids.length / 2);
  if (bug === "cache-stale-after-rewind") return [part(ids, 0), part(ids, ids.length - 1)];
  if (bug === "cache-chunk-restarts-position" && half < ids.length) {
    return [part(ids, 0, half), part(ids, half)];
  }
  return whole(ids);
}

const NO_LATER =
  "This shows in the text that is read at once. While tokens are written one by one there is no later one to see.";
const NOTES: Readonly<Record<string, string>> = {
  "cache-stale-after-rewind":
    "So that this can show, the last token is taken back here and fed once more, with the bug and without.",
  "cache-chunk-restarts-position":
    "So that this can show, the text is fed here in two halves, with the bug and without.",
  "attention-no-mask": NO_LATER,
  "attention-sees-next": NO_LATER,
  "embed-scaled-head":
    "All logits are √D times what they should be. Their order stays, and so do the words; the chances do not.",
};

export const noteOn = (bug: string): string | undefined => NOTES[bug];

/** @param count tokens that are read. */
export function whyUnseen(bug: string, config: GemmaConfig, count: number): string {
  const { numAttentionHeads: N, numKeyValueHeads: K, hiddenSize: D, headDim: H } = config;
  if (bug === "attention-head-modulo" && (K === 1 || K === N)) return unseenHeads(N, K);
  if (bug === "attention-scale-hidden" && D / N === H) {
    return `hidden size over heads is ${H} in this model, as the head's size is`;
  }
  if (bug === "rope-position-bfloat16" && count <= BFLOAT16_INTEGERS + 1) {
    return `bfloat16 holds all positions up to ${BFLOAT16_INTEGERS}, and this text has ${count} tokens`;
  }
  return count === 1
    ? "one token alone has nothing to look back at"
    : "no number of this text is another";
}

function unseenHeads(N: number, K: number): string {
  if (K === N) return "each head has a key and a value of its own here";
  const heads = Array.from({ length: N }, (_, n) => n);
  const said = (of: (n: number) => number) => heads.map(of).join(" ");
  const [right, wrong] = [said((n) => Math.floor((n * 2) / N)), said((n) => n % 2)];
  return (
    `all ${N} heads share one key and one value. With two of each, heads ${said((n) => n)} would read ` +
    `${right}, and with this bug ${wrong}. Open the suite's model of that kind, fixtures/gqa, in “Your Gemma”: there it shows`
  );
}
