/**
 * Mistakes in attention.
 * @module
 */
import { roundToFloat16 } from "../../tensor/float16.ts";
import type { Mutant } from "./mutant.ts";
import { type AttentionChanges, attentionWith } from "./plain-attention.ts";

const changed = (changes: AttentionChanges): Mutant["parts"] => ({
  components: { attention: attentionWith(changes) },
});

export const ATTENTION_MUTANTS: readonly Mutant[] = [
  {
    id: "attention-head-modulo",
    mistake: "Query head n reads key-value head n mod K.",
    fix: "Query head n reads key-value head ⌊n·K/N⌋: neighbours share one. It shows only where 1 < K < N.",
    parts: changed({ head: (n, _, K) => n % K }),
  },
  {
    id: "attention-no-scale",
    mistake: "Scores are not scaled.",
    fix: "Multiply the queries by 1/√head_dim.",
    parts: { ...changed({ scale: () => 1 }) },
  },
  {
    id: "attention-scale-hidden",
    mistake: "Scores are scaled by 1/√(hidden_size / heads).",
    fix: "Use head_dim of the config: heads · head_dim need not be hidden_size, and is not in the 7B.",
    parts: {
      wiring: {
        attentionScale: ({ hiddenSize: D, numAttentionHeads: N }) => 1 / Math.sqrt(D / N),
      },
    },
  },
  {
    id: "attention-no-mask",
    mistake: "Every token sees all tokens that are fed with it, later ones too.",
    fix: "A token at position p sees positions 0 to p.",
    parts: changed({ sees: (_, held) => held }),
  },
  {
    id: "attention-sees-next",
    mistake: "Every token sees the next one.",
    fix: "A token at position p sees positions 0 to p: the mask is off by one.",
    parts: changed({ sees: (seen, held) => Math.min(seen + 1, held) }),
  },
  {
    id: "attention-not-itself",
    mistake: "A token sees only the tokens before it.",
    fix: "A token sees itself too: the mask is off by one.",
    parts: changed({ sees: (seen) => seen - 1 }),
  },
  {
    id: "attention-softcap-50",
    mistake: "Scores are capped, 50·tanh(score/50), as in Gemma 2.",
    fix: "Gemma 1 caps nothing.",
    parts: changed({ score: (score) => 50 * Math.tanh(score / 50) }),
  },
  {
    id: "attention-scores-float16",
    mistake: "Scores are rounded to float16 before the softmax.",
    fix: "Keep scores in float32 until after the softmax.",
    rounds: true,
    parts: changed({ score: roundToFloat16 }),
  },
];
