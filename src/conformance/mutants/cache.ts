/**
 * Mistakes in the key-value cache. They show when a sequence is fed in several steps.
 * @module
 */
import type { Mutant } from "./mutant.ts";

export const CACHE_MUTANTS: readonly Mutant[] = [
  {
    id: "cache-stale-after-rewind",
    mistake: "After a step back, the tokens that were taken back are still attended to.",
    fix: "Forget everything from the new position on, by its length if not by its contents.",
    parts: { wiring: { rewinds: false } },
  },
  {
    id: "cache-chunk-restarts-position",
    mistake: "Each chunk of a prompt begins at position 0 again.",
    fix: "Positions go on where the cache ends.",
    parts: { wiring: { position: (_, row) => row } },
  },
  {
    id: "cache-plain-keys",
    mistake: "The cache holds keys from before the rotation, and they are used as they are.",
    fix: "Rotate keys before they are cached.",
    parts: { wiring: { caches: "plain keys" } },
  },
];
