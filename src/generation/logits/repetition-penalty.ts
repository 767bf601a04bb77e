/**
 * Penalties for repeating: tokens that have come are made less probable. There are two ways, of two traditions.
 *
 * Hugging Face's, of tokens in prompt or answer, each once however often it came:
 *
 *     logits[v] / θ     where it is positive
 *     logits[v] · θ     where it is negative
 *
 * Keskar et al. 2019, arXiv:1909.05858, §4.1. (The paper divides negative logits too, which would reward those tokens.)
 *
 * OpenAI's, of tokens in the answer, c[v] of them so far:
 *
 *     logits[v] − c[v] · frequency − (c[v] > 0) · presence
 *
 * https://platform.openai.com/docs/guides/text-generation, "Frequency and presence penalties".
 * @module
 */

/** Hugging Face's penalty, in place. @param seen the ids that have come. */
export function penalizeRepetition(
  logits: Float64Array,
  seen: Iterable<number>,
  penalty: number,
): void {
  for (const id of seen) logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
}

/** OpenAI's penalties, in place. @param generated the ids of the answer so far. */
export function penalizeCounts(
  logits: Float64Array,
  generated: Iterable<number>,
  frequency: number,
  presence: number,
): void {
  const counts = new Map<number, number>();
  for (const id of generated) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const [id, count] of counts) logits[id] -= count * frequency + presence;
}
