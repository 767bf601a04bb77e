/** What the panel about GeGLU asks. @module */
import type { Token } from "../../messages.ts";

export interface GegluQuestion {
  ask: { prompt: string; pos: number; layer: number; unit: number };
  answer: Geglu;
}

/** What a unit adds to the logit of a token, if it went there straight. */
export interface Push {
  readonly token: Token;
  readonly by: number;
}

/** The units of one MLP at one token. */
export interface Geglu {
  readonly prompt: string;
  readonly pos: number;
  readonly layer: number;
  /** `mlp.hook_pre`, [F] */
  readonly gate: Float64Array;
  /** GELU of it, in the tanh form, [F]. */
  readonly opened: Float64Array;
  /** `mlp.hook_pre_linear`, [F] */
  readonly up: Float64Array;
  /** `mlp.hook_post`, [F] */
  readonly post: Float64Array;
  /** Whether geglu(gate, up) is the tap in all numbers, to the last bit. */
  readonly isTap: boolean;
  /** GELU with erf less GELU with tanh, [F]. */
  readonly difference: Float64Array;
  /** By how much a product would change with erf, at most, and where. */
  readonly most: { readonly unit: number; readonly by: number };
  /** The two GELUs, over the range of the gates. */
  readonly curve: {
    readonly x: Float64Array;
    readonly tanh: Float64Array;
    readonly difference: Float64Array;
  };
  readonly unit: number;
  /** The unit's column of down_proj times its product: what it adds to the stream, [D]. */
  readonly adds: Float64Array;
  /** `ln_final.hook_scale` */
  readonly scale: number;
  /** Tokens that this raises most, and lowers most. */
  readonly raises: readonly Push[];
  readonly lowers: readonly Push[];
}
