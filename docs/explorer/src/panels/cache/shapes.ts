/**
 * Bytes of a cache, and what one more token costs, from shapes alone.
 *
 *     bytes = 2 · K · H · (bytes of a number) · layers · tokens
 *
 * @module
 */
import { prefillOperations } from "../../../../../src/bench/work.ts";
import type { GemmaConfig } from "../../../../../src/config.ts";

export function cacheBytes(
  { numKeyValueHeads: K, headDim: H, numHiddenLayers: layers }: GemmaConfig,
  tokens: number,
  bytesOfANumber: number,
): number {
  return 2 * K * H * bytesOfANumber * layers * tokens;
}

/** Multiply-adds of the last of `tokens`, with those before it in the cache, and of all of them anew. */
export function multiplyAdds(
  config: GemmaConfig,
  tokens: number,
): { cached: number; anew: number } {
  const all = prefillOperations(config, tokens);
  // The logits are of the last token alone, here and there: in the difference they cancel out.
  const logits = 2 * config.vocabSize * config.hiddenSize;
  const last = all - prefillOperations(config, tokens - 1) + logits;
  return { cached: last / 2, anew: (tokens === 0 ? 0 : all) / 2 };
}
