/** What this panel asks. @module */
import type { GemmaConfig } from "../../../../../src/config.ts";
import type { Token } from "../../messages.ts";

/** So many rows of a strip are shown: the newest. */
export const SHOWN = 64;

export interface CacheQuestion {
  /** `rows` of the cache; all tokens, if undefined. */
  ask: { prompt: string; head: number; rows: number | undefined };
  answer: Cache;
}

/** A cache that was fed token by token, up to `rows` of them. */
export interface Cache {
  readonly prompt: string;
  readonly tokens: readonly Token[];
  readonly rows: number;
  /** The first row that is shown. */
  readonly from: number;
  readonly keyHead: number;
  /** What stands in the cache's memory, [rows − from, H], by layer. */
  readonly keys: readonly Float64Array[];
  readonly values: readonly Float64Array[];
  readonly config: GemmaConfig;
  /** The pass of the last row, with the rows before it in the cache, and the same tokens once more without it. */
  readonly cached: Pass;
  readonly anew: Pass;
  /** Of their logits. */
  readonly difference: number;
}

export interface Pass {
  /** Rows that were computed. */
  readonly rows: number;
  readonly milliseconds: number;
  /** The largest logit. */
  readonly top: number;
}
