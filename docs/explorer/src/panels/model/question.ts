/** What the panel of one's own model asks. @module */
import type { ModelInfo } from "../../messages.ts";

/** Files by name, as the visitor has them on disk: they are read by slices, and not copied. */
export type ModelFiles = ReadonlyMap<string, Blob>;

export interface ModelQuestion {
  ask:
    | { readonly what: "look"; readonly name: string; readonly files: ModelFiles }
    | { readonly what: "open"; readonly name: string; readonly files: ModelFiles }
    /** Back to the model that came with the page. */
    | { readonly what: "back" };
  /** Bytes of the weights that have been read. */
  part: { readonly loaded: number; readonly total: number };
  answer: { readonly found: Found } | { readonly opened: ModelInfo };
}

/** What files say before any weight is read. */
export interface Found {
  readonly shape: Shape;
  readonly weightBytes: number;
  /** How the weights are stored, those that take most bytes first. */
  readonly dtypes: readonly string[];
  readonly pieces: number | undefined;
  /** Turns, if it was made to be asked: "Gemma" and the like. */
  readonly chat: string | undefined;
  readonly warnings: readonly string[];
  readonly plan: Plan;
}

export interface Shape {
  readonly weights: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly units: number;
  readonly vocabSize: number;
  readonly contextLength: number;
}

/** How this page would compute it, and what for. */
export interface Plan {
  readonly backend: "cpu" | "auto";
  readonly precision: "float64" | "float32";
  /** Weights as they are stored, the table as numbers, and the runs of a text. */
  readonly bytes: { readonly weights: number; readonly table: number; readonly runs: number };
  /** Why this machine will not do; undefined if nothing speaks against it. */
  readonly obstacle: string | undefined;
}
