/**
 * Mistakes in the embedding, which is also the output projection.
 * @module
 */
import { embed } from "../../nn/embedding.ts";
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import type { Mutant } from "./mutant.ts";

export const EMBED_MUTANTS: readonly Mutant[] = [
  {
    id: "embed-unscaled",
    mistake: "Embeddings enter the residual stream as they are.",
    fix: "Multiply them by √hidden_size.",
    parts: { components: { embed: (ids, table, o) => embed(ids, table, { ...o, scale: 1 }) } },
  },
  {
    id: "embed-scale-bfloat16",
    mistake: "Embeddings are multiplied by √hidden_size rounded to bfloat16.",
    fix: "Round √hidden_size to the dtype of the activations: not at all in float32.",
    seen: "gemma.cpp, in every dtype",
    parts: {
      components: {
        embed: (ids, table, o) =>
          embed(ids, table, { ...o, scale: roundToBfloat16(o?.scale ?? 1) }),
      },
    },
  },
  {
    id: "embed-scaled-head",
    mistake: "The table is multiplied by √hidden_size for the logits too.",
    fix: "Scale the input side only; the output projection uses the table as it is stored.",
    parts: {
      wiring: {
        finish(logits, { hiddenSize }) {
          scaleInPlace(logits.data, Math.sqrt(hiddenSize));
        },
      },
    },
  },
];

function scaleInPlace(x: Float32Array | Float64Array, by: number): void {
  for (let i = 0; i < x.length; i++) x[i] *= by;
}
