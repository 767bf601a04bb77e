/**
 * A sketch: what an engine that is trusted says of a model's prompts, small enough to keep and to pass on where the
 * weights may not be. Another engine with the same weights is held against it.
 *
 * One JSON file. Of each position of each prompt: the 32 most probable tokens with their logits, the logits of 64
 * random tokens, what all logits and the rest of them weigh together, and how probable the next token was. Of the
 * residual stream behind the embedding, each block and the final norm: its size and 64 random sums of it, which tell
 * how far another stream is off, and so where it first goes wrong. Of each weight: the SHA-256 of its bytes.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { parseJsonObject } from "../../source/json.ts";
import type { Budget } from "../vectors/vector.ts";
import type { PositionSketch } from "./position.ts";

/** A point of the residual stream, at every position. */
export interface StreamSketch {
  /** √(mean(x²)) of each position. */
  readonly rms: readonly number[];
  /** The 64 sums of each position (projection.ts). */
  readonly projections: readonly (readonly number[])[];
}

/** How far an engine of a class may be off, and the ways to compute that this was measured on. */
export interface SketchBudgets {
  readonly ways: readonly string[];
  /** By what is compared (digest.ts). */
  readonly budgets: Readonly<Record<string, Budget>>;
}

/** One prompt, and what the engine said at each of its positions. */
export interface PromptSketch {
  readonly id: string;
  readonly ids: readonly number[];
  /** How many of `ids` were given; the others are the engine's own most probable tokens. */
  readonly given: number;
  readonly positions: readonly PositionSketch[];
  /** The logits of the sketch's `tokens`, at each position. */
  readonly sampled: readonly (readonly number[])[];
  /** log p of each of `ids` but the first, given those before it. */
  readonly logProbs: readonly number[];
  readonly stream: Readonly<Record<string, StreamSketch>>;
  readonly budgets: Readonly<Partial<Record<Accuracy, SketchBudgets>>>;
}

/** The whole file. */
export interface Sketch {
  readonly format: "gemma-reference-sketch";
  readonly protocol: 1;
  /** The model's. */
  readonly name: string;
  /** What it was made with. */
  readonly madeBy: string;
  readonly config: Pick<GemmaConfig, "vocabSize" | "hiddenSize" | "numHiddenLayers">;
  /** Dtype and SHA-256 of the bytes of each weight, row after row as it is stored. */
  readonly weights: Readonly<Record<string, { readonly dtype: string; readonly sha256: string }>>;
  /** The random tokens of its vocabulary. */
  readonly tokens: readonly number[];
  readonly prompts: readonly PromptSketch[];
}

/** Points of the residual stream that are sketched, in their order. */
export function streamTaps({ numHiddenLayers }: Pick<GemmaConfig, "numHiddenLayers">): string[] {
  const blocks = Array.from({ length: numHiddenLayers }, (_, l) => `blocks.${l}.hook_resid_post`);
  return ["hook_embed", ...blocks, "ln_final.hook_out"];
}

/** The file of a sketch: a prompt a line, so that two can be compared by eye. */
export function writeSketch({ prompts, ...head }: Sketch): Uint8Array {
  const lines = prompts.map((prompt) => `    ${JSON.stringify(prompt)}`).join(",\n");
  const json = JSON.stringify(head, undefined, 1).slice(0, -2);
  return new TextEncoder().encode(`${json},\n "prompts": [\n${lines}\n ]\n}\n`);
}

/**
 * The sketch in a file.
 * @throws {FormatError} if it is none, or a prompt of it is not whole.
 * @throws {UnsupportedError} if it is of a later kind.
 */
export function readSketch(bytes: Uint8Array, file: string): Sketch {
  const op = "readSketch";
  const sketch = parseJsonObject(bytes, op, file) as unknown as Sketch;
  const refuse = refusals(op, file);
  if (sketch.format !== "gemma-reference-sketch") {
    const hint = "gemma-reference verify sketch makes one";
    throw refuse.format("format", '"gemma-reference-sketch"', brief(sketch.format), hint);
  }
  if (sketch.protocol !== 1) {
    const hint = "a newer gemma-reference reads it";
    throw refuse.unsupported("protocol", "1", brief(sketch.protocol), hint);
  }
  const taps = streamTaps(sketch.config);
  for (const [i, prompt] of sketch.prompts.entries()) {
    const T = prompt.ids.length;
    const lists = [
      ["positions", prompt.positions, T],
      ["sampled", prompt.sampled, T],
      ["logProbs", prompt.logProbs, T - 1],
      ...taps.map((tap) => [tap, prompt.stream[tap]?.projections, T] as const),
    ] as const;
    for (const [name, list, length] of lists) {
      if (Array.isArray(list) && list.length === length) continue;
      const got = Array.isArray(list) ? list.length : brief(list);
      throw refuse.format(`prompts[${i}].${name}`, `a list of ${length}`, got);
    }
  }
  return sketch;
}
