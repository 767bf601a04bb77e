/**
 * What is measured, and the figures that come of it. `gemma-reference bench --json` writes them under these names.
 * @module
 */
import type { BackendName } from "../backend/named.ts";
import type { Activations } from "../backend/wasm/wasm.ts";
import type { GemmaConfig } from "../config.ts";
import type { Limits } from "./limits/limits.ts";
import type { ProfileLine } from "./profile.ts";
import type { Workload } from "./subject.ts";
import type { SyntheticDType } from "./synthetic.ts";

/** What is measured. */
export interface Setting extends Workload {
  /** What `config` is called. */
  readonly name: string;
  readonly config: GemmaConfig;
  readonly dtype: SyntheticDType;
  readonly backend: BackendName;
  /** Undefined on a GPU. */
  readonly threads?: number;
  /** Undefined where the backend has no choice. */
  readonly activations?: Activations;
}

/** The GPU that computes. */
export interface Adapter {
  readonly name: string;
  /** Whether the processor plays it: then the figures are a processor's. */
  readonly isSoftware: boolean;
}

/** How fast: the best round, and the median of all. Seconds are those of the best. */
export interface Rate {
  /** Tokens of all sequences together. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly medianTokensPerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** A prefill; `gigaflops` are 10⁹ multiplications and additions a second (`prefillOperations` of work.ts). */
export interface PrefillRate extends Rate {
  readonly gigaflops: number;
}

/** Decoding; `gigabytesPerSecond` are 10⁹ bytes of weights as stored, each read once a step. */
export interface DecodeRate extends Rate {
  readonly gigabytesPerSecond: number;
}

/** Memory in RAM, measured before the sweep gets its own. */
export interface MemoryUse {
  /** Most bytes of this process, from its start to the end of the first round. */
  readonly peak: number;
  /** `peak` by the bytes of the weights as stored. */
  readonly peakShare: number;
  /** Bytes by which the process grew while the first round was decoded, and the same by those before. */
  readonly grown: number;
  readonly grownShare: number;
  /** Tokens of that round. */
  readonly decodedTokens: number;
}

/** What is timed. */
export interface Timed {
  readonly prefill: PrefillRate;
  readonly decode: DecodeRate;
}

/** The figures of one setting. */
export interface BenchRun extends Omit<Setting, keyof Timed | "config" | "name">, Timed {
  /** What the configuration is called: `2b`. */
  readonly config: string;
  readonly layers: number;
  readonly parameters: number;
  readonly weightBytes: number;
  /** Both while other processes keep every core busy. */
  readonly busy?: Timed;
  readonly limits: Limits;
  /** Of the backend "webgpu". */
  readonly adapter?: Adapter;
  readonly profile: ProfileFigures;
  /** Where one model was measured, in Node. */
  readonly memory?: MemoryUse;
}

/** Where the time goes (profile.ts). */
export interface ProfileFigures {
  readonly prefill: ProfileLine[];
  readonly decode: ProfileLine[];
  /**
   * On a GPU: milliseconds in which the processor records a prefill, and a step of decoding. A GPU waits for most of
   * that.
   */
  readonly recording?: { readonly prefill: number; readonly decode: number };
}
