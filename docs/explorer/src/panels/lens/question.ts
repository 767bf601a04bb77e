/** What the lens panel asks. @module */
import type { Chance, Token } from "../../messages.ts";

export interface LensQuestion {
  ask: { prompt: string; pos: number };
  answer: Lens;
}

/** What the model would say at each depth after each token of the window. */
export interface Lens {
  readonly prompt: string;
  readonly tokens: readonly Token[];
  readonly from: number;
  /** [depth][position in the window], most probable first. */
  readonly tops: readonly (readonly (readonly Chance[])[])[];
  /** The token chosen for the curves and its rivals: their chance at each depth, at the chosen position. */
  readonly pos: number;
  readonly curves: readonly { readonly token: Token; readonly chances: readonly number[] }[];
}
