/**
 * What a test vector is: inputs that are given, outputs that are asked for, and how far an output may be off.
 * The numbers themselves lie in safetensors files beside the manifest (suite.ts).
 * @module
 */
import type { Accuracy, KernelName } from "../../backend/backend.ts";

/** The operators that are tested by themselves: kernels of the interface, and what engines have in their place. */
export type OpName = Exclude<KernelName, "kvWrite"> | "mlp" | "softmax" | "logits";

/** How far one output may be from the truth. */
export interface Budget {
  /** ‖x − t‖ / ‖t‖. */
  readonly nrmse: number;
  /** max |x − t| / rms(t): a few wrong elements do not hide among many right ones. */
  readonly max: number;
}

/** Budgets by accuracy class and output. */
export type Budgets = Readonly<Partial<Record<Accuracy, Readonly<Record<string, Budget>>>>>;

interface AnyVector {
  /** `t1.mqa.taps`. Never used for anything else again. */
  readonly id: string;
  readonly tier: "T0" | "T1";
  /** What it tests. A sentence. */
  readonly note: string;
  /** Names of the outputs. */
  readonly taps: readonly string[];
  readonly budgets: Budgets;
  /** The largest distance of the two computations of the truth from each other. */
  readonly agreement?: number;
}

/** One operator on given inputs. Its first output is `out`. */
export interface OpVector extends AnyVector {
  /** An operator by itself. */
  readonly kind: "op";
  /** The operator. */
  readonly op: OpName;
  /** Numbers besides the arrays: ε, θ, a scale. */
  readonly attrs: Readonly<Record<string, number>>;
  /** Argument → array of inputs.safetensors. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Tokens fed at once. */
export interface Feed {
  /** The tokens that are fed [L]. */
  readonly ids: readonly number[];
  /**
   * Position of the first. The first feed may begin anywhere, with nothing before it; one at an earlier position
   * than was fed takes back what was fed from there on.
   */
  readonly pos: number;
}

/** A forward pass of a model: feeds, one after the other. The outputs are those of the last. */
export interface ForwardVector extends AnyVector {
  /** A pass of a model. */
  readonly kind: "forward";
  /** The name of the model. */
  readonly model: string;
  /** What is fed, one after the other. */
  readonly feeds: readonly Feed[];
  /** A shape that Gemma 1 does not have; a failure is said, and does not count. */
  readonly beyondGemma1?: boolean;
}

/** What is asked of an engine: an operator by itself, or passes of a small model. */
export type Vector = OpVector | ForwardVector;
