/**
 * An engine's outputs on a prompt, reduced to what a sketch holds of them: arrays that are compared number by number.
 * @module
 */
import { elementsOf, formatShape, type NdArray, tensor } from "../../tensor/tensor.ts";
import { divergenceFrom, logSumExp } from "./position.ts";
import { PROJECTIONS, projected, projectionSigns } from "./projection.ts";
import { type PromptSketch, type Sketch, streamTaps } from "./sketch.ts";

/** What is compared beside the points of the stream. */
export const LOGITS = "logits";
export const LOG_PROB = "log_prob";
export const DIVERGENCE = "divergence";

/** Arrays by name, for the positions from `from` on. */
export interface Digest {
  readonly arrays: ReadonlyMap<string, NdArray>;
  /** The first position whose logits were given. */
  readonly from: number;
  /** Outputs of another shape than they should have, a sentence each. */
  readonly misshapen: readonly string[];
}

/**
 * Reduces outputs on `prompt`:
 *
 * - `logits [L, 97]`: those of the sketch's 32 most probable tokens, of its 64 random ones, and log Σ exp of all
 *   (fewer columns where the vocabulary is smaller);
 * - `log_prob [L]`: log p of the next token;
 * - `divergence [L]`: a lower bound of KL(sketch ‖ outputs), 0 in the sketch itself;
 * - each point of the stream, `[L, 64]`: its random sums, divided by the size that the sketch has there, so that every
 *   position counts alike.
 *
 * @param outputs by tap name: all rows, or the last ones. What is missing is left out.
 */
export function digestOf(
  outputs: ReadonlyMap<string, NdArray>,
  prompt: PromptSketch,
  { tokens, config }: Pick<Sketch, "tokens" | "config">,
): Digest {
  const arrays = new Map<string, NdArray>();
  const misshapen: string[] = [];
  const T = prompt.ids.length;
  const rowsOf = (name: string, columns: number): NdArray | undefined => {
    const given = outputs.get(name);
    if (!given) return undefined;
    const rows = elementsOf(given.shape) / columns;
    if (rows >= 1 && rows <= T && given.shape[given.shape.length - 1] === columns) {
      return tensor(given.data, [rows, columns], given.offset);
    }
    misshapen.push(
      `${name} has shape ${formatShape(given.shape)}, expected ${formatShape([T, columns])}`,
    );
    return undefined;
  };
  const logits = rowsOf(LOGITS, config.vocabSize);
  let from = T;
  if (logits) {
    from = T - logits.shape[0];
    for (const [name, array] of ofLogits(logits, prompt, tokens)) {
      if (array.data.length > 0) arrays.set(name, array); // nothing comes behind the last position
    }
  }
  const signs = projectionSigns(config.hiddenSize);
  for (const tap of streamTaps(config)) {
    const x = rowsOf(tap, config.hiddenSize);
    if (x) arrays.set(tap, scaled(projected(x, signs), prompt.stream[tap].rms, config.hiddenSize));
  }
  return { arrays, from, misshapen };
}

function ofLogits(
  logits: NdArray,
  { ids, positions }: PromptSketch,
  tokens: readonly number[],
): Map<string, NdArray> {
  const [L, V] = logits.shape;
  const from = ids.length - L;
  const all = Array.from({ length: V }, (_, id) => id);
  const kept: number[] = [];
  const logProbs: number[] = [];
  const divergences: number[] = [];
  for (let l = 0; l < L; l++) {
    const row = logits.data.subarray(logits.offset + l * V, logits.offset + (l + 1) * V);
    const position = positions[from + l];
    const total = logSumExp(row, all);
    for (const id of [...position.top, ...tokens]) kept.push(row[id]);
    kept.push(total);
    if (from + l + 1 < ids.length) logProbs.push(row[ids[from + l + 1]] - total);
    divergences.push(divergenceFrom(position, row));
  }
  return new Map([
    [LOGITS, tensor(Float64Array.from(kept), [L, kept.length / L])],
    [LOG_PROB, tensor(Float64Array.from(logProbs), [logProbs.length])],
    [DIVERGENCE, tensor(Float64Array.from(divergences), [L])],
  ]);
}

/** The same of the sketch itself, for the positions from `from` on. */
export function digestOfSketch(
  prompt: PromptSketch,
  { config }: Pick<Sketch, "config">,
  from = 0,
): Map<string, NdArray> {
  const positions = prompt.positions.slice(from);
  const kept = positions.flatMap(({ logits, logSumExp: total }, l) => [
    ...logits,
    ...prompt.sampled[from + l],
    total,
  ]);
  const arrays = new Map<string, NdArray>([
    [LOGITS, tensor(Float64Array.from(kept), [positions.length, kept.length / positions.length])],
    [
      LOG_PROB,
      tensor(Float64Array.from(prompt.logProbs.slice(from)), [prompt.logProbs.length - from]),
    ],
    [DIVERGENCE, tensor(new Float64Array(positions.length), [positions.length])],
  ]);
  for (const tap of streamTaps(config)) {
    const { rms, projections } = prompt.stream[tap];
    const rows = tensor(Float64Array.from(projections.flat()), [rms.length, PROJECTIONS]);
    arrays.set(tap, scaled(rows, rms, config.hiddenSize));
  }
  return arrays;
}

/** Sums of the last rows of a prompt, each divided by the norm of the sketch's row there. */
function scaled(sums: NdArray, rms: readonly number[], columns: number): NdArray {
  const [L] = sums.shape;
  const data = Float64Array.from(sums.data);
  for (let l = 0; l < L; l++) {
    const norm = rms[rms.length - L + l] * Math.sqrt(columns) || 1;
    for (let j = 0; j < PROJECTIONS; j++) data[l * PROJECTIONS + j] /= norm;
  }
  return tensor(data, [L, PROJECTIONS]);
}
