/**
 * What embeddings are multiplied by on their way into the stream.
 * @module
 */
import { assertInteger, assertOneOf, POSITIVE } from "../check.ts";
import { roundToBfloat16 } from "../tensor/bfloat16.ts";

/**
 * √D, exact or rounded to bfloat16. The released model, running in bfloat16, multiplies by 45.25
 * where √2048 = 45.2548 (2B) and by 55.5 where √3072 = 55.4256 (7B); gemma.cpp rounds so in every
 * dtype. Google's PyTorch code in float32 and float64 does not.
 */
export function embeddingScale(
  hiddenSize: number,
  rounding: "exact" | "bfloat16" = "exact",
): number {
  assertInteger("embeddingScale", "hiddenSize", hiddenSize, POSITIVE);
  assertOneOf("embeddingScale", "rounding", rounding, ["exact", "bfloat16"]);
  const root = Math.sqrt(hiddenSize);
  return rounding === "exact" ? root : roundToBfloat16(root);
}
