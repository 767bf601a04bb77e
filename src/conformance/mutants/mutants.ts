/**
 * The known bugs of the model, all of them. A bug report becomes one of these first.
 * @module
 */
import { ATTENTION_MUTANTS } from "./attention.ts";
import { CACHE_MUTANTS } from "./cache.ts";
import { EMBED_MUTANTS } from "./embed.ts";
import { GELU_MUTANTS } from "./gelu.ts";
import type { Mutant } from "./mutant.ts";
import { NORM_MUTANTS } from "./norm.ts";
import { ROPE_MUTANTS } from "./rope.ts";
import { STRUCTURE_MUTANTS } from "./structure.ts";

/** Every known bug of a model: what it is called, how it is mended, and the parts that have it. */
export const MUTANTS: readonly Mutant[] = [
  ...EMBED_MUTANTS,
  ...NORM_MUTANTS,
  ...ROPE_MUTANTS,
  ...ATTENTION_MUTANTS,
  ...GELU_MUTANTS,
  ...STRUCTURE_MUTANTS,
  ...CACHE_MUTANTS,
];
