/**
 * Mistakes in how the components are put together.
 * @module
 */
import type { Mutant } from "./mutant.ts";

export const STRUCTURE_MUTANTS: readonly Mutant[] = [
  {
    id: "structure-post-norm",
    mistake: "The norms stand behind the blocks: norm(x + f(x)).",
    fix: "x + f(norm(x)). post_attention_layernorm is the norm before the MLP, despite its name.",
    parts: { wiring: { norms: "post" } },
  },
  {
    id: "structure-no-final-norm",
    mistake: "The stream goes to the output projection without the final norm.",
    fix: "Apply model.norm before the logits.",
    parts: { wiring: { finalNorm: false } },
  },
  {
    id: "structure-logit-cap-30",
    mistake: "Logits are capped, 30·tanh(logit/30), as in Gemma 2.",
    fix: "Gemma 1 caps nothing.",
    seen: "gemma.cpp in mid-2024",
    parts: {
      wiring: {
        finish({ data }) {
          for (let i = 0; i < data.length; i++) data[i] = 30 * Math.tanh(data[i] / 30);
        },
      },
    },
  },
  {
    id: "structure-untied-head",
    mistake:
      "The output projection is a matrix of its own, which no checkpoint has: it stayed zero.",
    fix: "Use the embedding table, as it is stored, for the logits too: tie_word_embeddings.",
    parts: {
      wiring: {
        finish({ data }) {
          data.fill(0);
        },
      },
    },
  },
];
