/** What the attention panel asks. @module */
import type { Token } from "../../messages.ts";

export interface AttentionQuestion {
  ask: { prompt: string; pos: number; layer: number; head: number; isAll: boolean };
  answer: Attention;
}

/** One head's attention. Long texts are seen through a window of WINDOW tokens. */
export interface Attention {
  readonly prompt: string;
  readonly layer: number;
  readonly head: number;
  readonly pos: number;
  readonly tokens: readonly Token[];
  /** The first token of the window, for queries and keys. */
  readonly from: number;
  /** Tokens in the window, W. */
  readonly size: number;
  /** √H */
  readonly divisor: number;
  /** q · k of all pairs, [W, W]; the future is computed here only, to show what the mask hides. */
  readonly products: Float64Array;
  /** `attn.hook_pattern`, [W, W]. */
  readonly pattern: Float64Array;
  /** q · k of the chosen query with the keys that it sees, [pos + 1]. */
  readonly rowProducts: Float64Array;
  /** Its weights, [pos + 1]. */
  readonly rowPattern: Float64Array;
  /** `attn.hook_z` of the chosen query, [H]. */
  readonly z: Float64Array;
  /** If it was asked for, `attn.hook_pattern` of all heads, layer by layer: [layers · heads, W, W]. */
  readonly all: Float64Array | undefined;
}
