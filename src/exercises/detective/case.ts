/**
 * Exercise `detective`: three engines, each with one known bug of a port. A text shows the first, numbers show the
 * second, and the third only shows when tokens are fed in another way.
 * @module
 */
import { join } from "node:path";
import { openHfFolder } from "../../checkpoint/safetensors/open.ts";
import { type EngineModel, readWeights } from "../../conformance/engine/weights.ts";
import { CACHE_MUTANTS } from "../../conformance/mutants/cache.ts";
import { GELU_MUTANTS } from "../../conformance/mutants/gelu.ts";
import type { Mutant } from "../../conformance/mutants/mutant.ts";
import { ROPE_MUTANTS } from "../../conformance/mutants/rope.ts";
import { openFolder } from "../../node/folder.ts";
import { float32 } from "../../tensor/precision.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Task } from "../exercise.ts";
import { SENTENCE } from "../text.ts";
import { type TracedEngine, type TraceOptions, tracedEngine } from "./trace.ts";

export const DETECTIVE: Task = {
  name: "detective",
  page: 14,
  title: "which of three engines is wrong, and where",
  task: `Engines A, B and C say that they are Gemma. Each goes on with "she" after "At the
    lighthouse", and each has one mistake that a real port could have. Your function
    is called with each of them, with a right Gemma, and with the ids of the
    sentence; trace(ids) of both gives all their numbers, tap by tap. It gives back
    { tap, mistake }: the first tap at which the engine is wrong, and the name of
    the mistake. Leave the mistake out at first: with the right tap you are told
    which ones it can be.`,
  functions: { detective: ["suspect", "gemma", "ids"] },
  hints: [
    "trace gives the taps in the order in which they are computed. The engines compute in float32 and Gemma in float64, so nearly all numbers differ a little: for each tap, see how large the largest difference is beside the tap's largest number. Where does it jump?",
    "Rounding stays below 1e-6 of a tap's largest number. If an engine agrees everywhere, the question was too easy: an engine need not be given all tokens in one pass. What does maxRows do?",
    'Print the tap\'s rows of both, and the rows of the tap that it is made of. Which rows are still right, and which channels of a wrong row? Then compute the tap yourself with one mistake after another, by functions that you have: import { rope } from "./rope.js".',
  ],
};

/** One engine, and what is known of it. */
export interface Suspect {
  readonly name: string;
  readonly mutant: Mutant;
  /** The first taps that are wrong: more than one where neither is made of the other. */
  readonly taps: readonly string[];
  /** How it has to be fed to show it. */
  readonly fed: TraceOptions;
  /** The mistakes that can be at these taps. */
  readonly lineUp: readonly Mutant[];
}

const ROTATED = ["blocks.0.attn.hook_rot_q", "blocks.0.attn.hook_rot_k"];
const POSITIONS = [...ROPE_MUTANTS, ...CACHE_MUTANTS];

export const SUSPECTS: readonly Suspect[] = [
  suspect("A", "rope-theta-1e6", ROTATED, POSITIONS),
  suspect("B", "gelu-erf", ["blocks.0.mlp.hook_post"], GELU_MUTANTS),
  // The sentence has 12 tokens: the second pass begins at position 7.
  suspect("C", "cache-chunk-restarts-position", ROTATED, POSITIONS, { maxRows: 7 }),
];

function suspect(
  name: string,
  id: string,
  taps: readonly string[],
  lineUp: readonly Mutant[],
  fed: TraceOptions = {},
): Suspect {
  const mutant = lineUp.find((one) => one.id === id) as Mutant;
  return { name, mutant, taps, fed, lineUp };
}

/** The engines of a case, and the tokens that they are given. */
export interface OpenCase {
  readonly suspects: readonly Suspect[];
  /** BOS and the sentence of the road. */
  readonly ids: readonly number[];
  /** In float64. */
  readonly gemma: TracedEngine;
  /** In float32, as engines compute, with a known bug. */
  engine(name: string, mutant: Mutant): TracedEngine;
}

/**
 * Reads the bundled model.
 * @param fixtures the folder of goldens, as `fixturesPath()` of node/ gives it.
 */
export async function openCase(fixtures: string): Promise<OpenCase> {
  const checkpoint = await openHfFolder(openFolder(join(fixtures, "tiny-stories-it")));
  try {
    const { config, tensors } = checkpoint;
    const model: EngineModel = await readWeights(config, tensors);
    const tokenizer = Tokenizer.from(checkpoint.tokenizer!.model()); // it is bundled
    return {
      suspects: SUSPECTS,
      ids: [config.bosTokenId, ...tokenizer.encode(SENTENCE)],
      gemma: tracedEngine("Gemma", model, {}),
      engine: (name, { parts }) => tracedEngine(name, model, { ...parts, precision: float32 }),
    };
  } finally {
    await checkpoint.close();
  }
}
