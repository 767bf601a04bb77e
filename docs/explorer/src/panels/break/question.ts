/** What the panel of known bugs asks, and what it is told. @module */
import type { Chance, Token } from "../../messages.ts";

export interface BreakQuestion {
  /** @param first the bug that is looked at: it is measured before all others. */
  ask: { prompt: string; pos: number; first: string };
  /** All that is measured so far. */
  part: Break;
  answer: Break;
}

/** A known bug, as the suite describes it. */
export interface Bug {
  readonly id: string;
  readonly mistake: string;
  readonly fix: string;
  readonly seen: string | undefined;
}

/** What is said after the chosen token. */
export interface Said {
  readonly next: readonly Chance[];
  /** How it goes on if the most probable token is always taken, `next[0]` first. */
  readonly words: readonly Token[];
}

/** What a bug does to this text. */
export interface Broken extends Said {
  /** The largest change of a logit after the chosen token. */
  readonly change: number;
  /** The first tap that is not the same to the last bit, in any row. */
  readonly first: string | undefined;
  /** At each depth of the stream, and then for the logits: length of the difference, over the length. */
  readonly moved: readonly number[];
  /** Why it cannot show in this model or text, though it is there. */
  readonly unseen: string | undefined;
  /** How this text is fed, or what else has to be said. */
  readonly note: string | undefined;
}

export interface Break {
  readonly prompt: string;
  readonly pos: number;
  /** The chosen token, which is the last that is read. */
  readonly after: Token;
  /** More weights than are computed with in this way, if there are. */
  readonly tooMany: number | undefined;
  readonly bugs: readonly Bug[];
  /** Without a bug. */
  readonly whole: Said;
  /** Whether its logits are those of the library, to the last bit. */
  readonly isSame: boolean;
  /** The largest change of a logit if all is computed in float32. */
  readonly rounding: number;
  /** By id; not all are there in a part. */
  readonly broken: Readonly<Record<string, Broken>>;
}

/** The bug that is looked at where none was chosen. */
export const FIRST = "rope-interleaved";

/** The component that a bug is in: `rope`. */
export const componentOf = (id: string): string => id.split("-", 1)[0];

const NAMES: Readonly<Record<string, string>> = {
  embed: "embedding",
  norm: "RMSNorm",
  rope: "RoPE",
  gelu: "GeGLU",
  cache: "KV cache",
};

export const componentName = (component: string): string => NAMES[component] ?? component;
