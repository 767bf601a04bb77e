/**
 * What the page asks its worker, and what the worker answers. Numbers are those of the library, unrounded; arrays are
 * transferred.
 * @module
 */
import type { PrecisionName } from "../../../src/tensor/precision.ts";
import type { Cell } from "./cell.ts";
import type { Against } from "./link.ts";
import type { AttentionQuestion } from "./panels/attention/question.ts";
import type { AttributionQuestion, WordQuestion } from "./panels/attribution/question.ts";
import type { BreakQuestion } from "./panels/break/question.ts";
import type { CacheQuestion } from "./panels/cache/question.ts";
import type { GegluQuestion } from "./panels/geglu/question.ts";
import type { LearningQuestion } from "./panels/learning/question.ts";
import type { LensQuestion } from "./panels/lens/question.ts";
import type { ModelQuestion } from "./panels/model/question.ts";
import type { OffEachQuestion, OffQuestion } from "./panels/off/question.ts";
import type { PrecisionQuestion } from "./panels/precision/question.ts";
import type { RmsNormQuestion } from "./panels/rmsnorm/question.ts";
import type { RopeQuestion } from "./panels/rope/question.ts";
import type { SamplingQuestion } from "./panels/sampling/question.ts";
import type { TokenizerQuestion } from "./panels/tokenizer/question.ts";
import type { WriteQuestion } from "./panels/write/question.ts";

export interface Token {
  readonly id: number;
  /** As SentencePiece prints it: ▁ for a space, `<0x0A>` for a byte. */
  readonly piece: string;
}

export interface Chance extends Token {
  readonly chance: number;
}

export interface ModelInfo {
  readonly name: string;
  readonly backend: string;
  /** What its numbers are rounded to; in float64 they are to the bit what nn/ says. */
  readonly precision: PrecisionName;
  /** Without one, texts are written as ids. */
  readonly hasTokenizer: boolean;
  readonly weights: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly contextLength: number;
}

/** What a head does at the chosen token. */
export interface HeadSummary {
  /** The key that gets most weight. */
  readonly reads: number;
  readonly weight: number;
}

export interface LayerSummary {
  readonly heads: readonly HeadSummary[];
  /** `mlp.hook_post` of the chosen token, [F]. */
  readonly units: ArrayLike<number>;
  /** Units over 5 % of the largest. */
  readonly firing: number;
  /** The unit that is furthest from 0. */
  readonly largest: number;
}

/** The stream at one depth: 0 is the embedding, 2i + 1 behind the attention of layer i, 2i + 2 behind its MLP. */
export interface StreamSummary {
  readonly tap: string;
  /** [D] */
  readonly values: ArrayLike<number>;
  /** √Σx² */
  readonly length: number;
  /** Length of that which was added last; of the embedding itself at depth 0. */
  readonly added: number;
  /** What the model would say here, most probable first. */
  readonly lens: readonly Chance[];
}

/** The first screen: one token's way through the model. */
export interface Overview {
  readonly prompt: string;
  readonly tokens: readonly Token[];
  readonly pos: number;
  readonly model: ModelInfo;
  readonly next: readonly Chance[];
  readonly layers: readonly LayerSummary[];
  readonly streams: readonly StreamSummary[];
}

/** How many tokens a matrix shows. */
export const WINDOW = 24;

export type Role = "q" | "k" | "v" | "gate" | "up";

/** A number, and what makes it. */
export interface Finding {
  readonly cell: Cell;
  /** What it was asked with: a finding is shown with its own text, layer and head only. */
  readonly prompt: string;
  readonly pos: number;
  readonly layer: number;
  readonly head: number;
  /** Undefined where the mask hides it. */
  readonly value: number | undefined;
  readonly bars: readonly {
    readonly label: string;
    readonly role?: Role;
    readonly values: ArrayLike<number>;
    /** The bar that is meant. */
    readonly mark?: number;
  }[];
  readonly steps: readonly { readonly label: string; readonly value: number }[];
  readonly tops?: readonly Chance[];
  /** Names of taps, with indices. */
  readonly taps: readonly string[];
  readonly check?: {
    /** What holds if both are the same, where it is not that this number is the library's. */
    readonly claim?: string;
    readonly what: string;
    /** Computed again by nn/, from the operands above. */
    readonly again: number;
    readonly library: number;
  };
  /** Lines of a program that print it, where it is not read from the last tap. */
  readonly code?: string;
  /** The file that defines it. */
  readonly source: string;
}

/** What the visitor has set that some kinds of number depend on; undefined is the page's own choice. */
export interface Settings {
  readonly token: number | undefined;
  readonly against: Against | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
}

/** Questions by name, with what is asked, what is answered, and the parts of an answer that come before the whole. */
export interface Questions {
  overview: { ask: { prompt: string; pos: number | undefined }; answer: Overview };
  inspect: {
    ask: {
      prompt: string;
      pos: number;
      layer: number;
      head: number;
      cell: Cell;
      settings: Settings;
    };
    answer: Finding;
  };
  tokenizer: TokenizerQuestion;
  rmsnorm: RmsNormQuestion;
  rope: RopeQuestion;
  attention: AttentionQuestion;
  geglu: GegluQuestion;
  lens: LensQuestion;
  attribution: AttributionQuestion;
  word: WordQuestion;
  off: OffQuestion;
  offEach: OffEachQuestion;
  break: BreakQuestion;
  sampling: SamplingQuestion;
  cache: CacheQuestion;
  precision: PrecisionQuestion;
  write: WriteQuestion;
  learning: LearningQuestion;
  model: ModelQuestion;
}

/** What `question` tells before its answer is whole. */
export type PartOf<Q extends Question> = Questions[Q] extends { part: infer P } ? P : never;

export type Question = keyof Questions;

/** To the worker. */
export type ToWorker =
  | { readonly kind: "load"; readonly files: Readonly<Record<string, Uint8Array>> }
  | {
      readonly kind: "ask";
      readonly id: number;
      readonly question: Question;
      readonly ask: unknown;
    }
  | { readonly kind: "stop"; readonly id: number };

/** From the worker. */
export type FromWorker =
  | { readonly kind: "ready"; readonly model: ModelInfo }
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "part"; readonly id: number; readonly part: unknown }
  | {
      readonly kind: "refused";
      readonly id: number;
      readonly message: string;
      readonly isStopped: boolean;
    };

/** What stands on the page before the model has arrived. */
export interface Example {
  readonly overview: Overview;
  readonly finding: Finding;
}
