/** What the attribution panel asks. @module */
import type { Against } from "../../link.ts";
import type { Chance, Token } from "../../messages.ts";
import type { Off } from "../../off.ts";

export interface AttributionQuestion {
  ask: {
    prompt: string;
    pos: number;
    token: number | undefined;
    against: Against | undefined;
    /** What is switched off for the experiment. */
    off: Off | undefined;
  };
  answer: Attribution;
}

/** A sum of parts that is a logit, or the difference of two. */
export interface Attribution {
  readonly prompt: string;
  readonly pos: number;
  readonly token: Token;
  /** Undefined where one logit is explained alone. */
  readonly against: Token | undefined;
  /** Of the model itself. */
  readonly logits: { readonly token: number; readonly against: number | undefined };
  /** The logit, or the difference, as the model computed it. */
  readonly whole: number;
  /** What each part gives: embedding, then of each layer the heads and the MLP. */
  readonly parts: readonly number[];
  /** Of all of them. */
  readonly sum: number;
  /** The root mean square by which the last norm divides. */
  readonly scale: number;
  /** The most probable tokens, to choose from. */
  readonly choices: readonly Chance[];
  /** The part that gives most to the token alone, and what another token gets from it. */
  readonly lift: {
    readonly part: number;
    readonly gives: number;
    readonly other: Token;
    readonly othersLogit: number;
    readonly givesOther: number;
  };
  readonly experiment: Experiment | undefined;
}

/** What comes of it if parts are really switched off. */
export interface Experiment {
  readonly off: Off;
  /** The sum without their bars; undefined if units are among them, which have none. */
  readonly explained: number | undefined;
  /** The logit, or the difference, of the model without them. */
  readonly whole: number;
  /** What it would say. */
  readonly tops: readonly Chance[];
}

/** A token that was typed. */
export interface WordQuestion {
  ask: { prompt: string; pos: number; text: string };
  answer: Word;
}

export interface Word {
  readonly text: string;
  /** Undefined if the text is not one token. */
  readonly token: Token | undefined;
  /** What it falls into. */
  readonly pieces: readonly string[];
}
