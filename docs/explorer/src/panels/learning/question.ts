/** What the learning panel asks. @module */
import type { StepReport } from "../../../../../src/training/run/trainer.ts";

/** What a run learns, and how. */
export interface LearningSettings {
  /** Rank of the factors beside the weights; undefined if all weights learn themselves. */
  readonly rank: number | undefined;
  /** The peak of the learning rate. */
  readonly rate: number;
  readonly steps: number;
}

/** Conversations a step. */
export const BATCH = 16;
/** Most tokens of an answer. */
export const ANSWER_TOKENS = 96;

export interface LearningQuestion {
  /**
   * - begin: forgets what was learnt, and learns `rows`, conversations as lines of JSON.
   * - goOn: takes the run up where it was stopped.
   * - answer: the run rests after the step that it is in; then both models are asked.
   */
  ask:
    | {
        readonly kind: "begin";
        readonly rows: string;
        readonly settings: LearningSettings;
        readonly question: string;
      }
    | { readonly kind: "goOn"; readonly known: number; readonly question: string }
    | { readonly kind: "answer"; readonly known: number; readonly question: string };
  part: { readonly report: StepReport } | { readonly said: Said };
  /** Once all is told. */
  answer: { readonly step: number };
}

/** What a model answers, as far as it has got. */
export interface Said {
  readonly question: string;
  /** Steps that it has learnt; 0 is the model as it came. */
  readonly step: number;
  readonly text: string;
  readonly isWhole: boolean;
  /** Whether it had more to say. */
  readonly isCut: boolean;
}
