/**
 * The loss of the running example, and what each number of the bundled model would change of it.
 * @module
 */
import type { BackwardOps } from "../../../../src/backend/backward.ts";
import type { CpuHandles } from "../../../../src/backend/cpu/handles.ts";
import { openHfFolder } from "../../../../src/checkpoint/safetensors/open.ts";
import { Gemma } from "../../../../src/gemma.ts";
import { tapGradients } from "../../../../src/interp/gradients/tap-gradients.ts";
import type { RecordedTap } from "../../../../src/model/taps.ts";
import { openFolder } from "../../../../src/node/folder.ts";
import { tinyModelPath } from "../../../../src/node/tiny-model.ts";
import type { NdArray } from "../../../../src/tensor/tensor.ts";
import type { TrainingParts } from "../../../../src/training/passes.ts";
import { TrainableModel } from "../../../../src/training/trainable.ts";
import type { Example } from "../example.ts";

const TABLE = "model.embed_tokens.weight";

/** Places of the stream, from the table to the last norm. */
export const PLACES = [
  "hook_embed",
  ...[0, 1, 2, 3].map((block) => `blocks.${block}.hook_resid_post` as const),
] as const satisfies readonly RecordedTap[];

export interface Gradients {
  /** Mean over the 12 targets. */
  readonly loss: number;
  /** −log p of each of them. */
  readonly surprises: readonly number[];
  /** Of the table [V, D]: what comes of its use on the way in, and of that on the way out. */
  readonly table: { readonly input: Float64Array; readonly output: Float64Array };
  /** The loss when one number of the table is moved by `by`. */
  readonly nudged: { readonly by: number; readonly up: number; readonly down: number };
  /** Where it stands: the steepest number of the table. */
  readonly steepest: { readonly row: number; readonly channel: number; readonly slope: number };
  /** Of −log p(she) alone: at each of {@link PLACES}, [13, D]. */
  readonly she: ReadonlyMap<RecordedTap, NdArray>;
  /** Gradient times input of each token, of −log p(she): what its vector adds to it, to first order. */
  readonly saliency: readonly number[];
}

const known = new WeakMap<Example, Promise<Gradients>>();

/** Computed once, in float64. */
export function gradientsOf(example: Example): Promise<Gradients> {
  const found = known.get(example) ?? compute(example);
  known.set(example, found);
  return found;
}

async function compute({ ids, model: { config } }: Example): Promise<Gradients> {
  const input = new Float64Array(config.vocabSize * config.hiddenSize);
  const checkpoint = await openHfFolder(openFolder(tinyModelPath()));
  const model = await TrainableModel.from(checkpoint, {
    precision: "float64",
    // No other weight is asked about here, and its gradient would take its time.
    trains: (name) => name === TABLE,
    adapt: (parts) => withInputHalf(parts, input),
  });
  const mask = ids.map((_, t) => (t === 0 ? 0 : 1));
  const targets = ids.length - 1;
  const { loss, logprobs } = await model.accumulate([{ ids, mask }], { normalizer: targets });
  const table = model.parameters.get(TABLE);
  if (!table) throw new Error(`no ${TABLE}`);
  const output = Float64Array.from(table.gradient);

  let at = 0;
  for (let i = 0; i < output.length; i++) {
    if (Math.abs(output[i] + input[i]) > Math.abs(output[at] + input[at])) at = i;
  }
  const by = 1e-3;
  const lossAt = async (move: number) => {
    const old = table.data[at];
    table.data[at] = old + move;
    const [moved] = await model.logprobs([{ ids }]);
    table.data[at] = old;
    return -moved.reduce((sum, p) => sum + p, 0) / targets;
  };
  const nudged = { by, up: await lossAt(by), down: await lossAt(-by) };

  await checkpoint.close();
  const gemma = await Gemma.load(tinyModelPath(), { backend: "cpu", precision: "float64" });
  const { gradients, saliency } = await tapGradients(gemma.model, ids, {
    names: PLACES,
    targets,
  });
  await gemma.dispose();
  const D = config.hiddenSize;
  return {
    loss,
    surprises: Array.from(logprobs[0].slice(1), (p) => 0 - p),
    table: { input, output },
    nudged,
    steepest: { row: Math.floor(at / D), channel: at % D, slope: output[at] + input[at] },
    she: new Map(PLACES.map((place) => [place, gradients.get(place)])),
    saliency: Array.from(saliency("hook_embed")),
  };
}

/** The input half of the table's gradient goes to `input`; what is left in the parameter's is the output half. */
function withInputHalf(parts: TrainingParts, input: Float64Array): TrainingParts {
  const { backend } = parts;
  const columns = parts.config.hiddenSize;
  const own = { label: "input half", columns, data: input };
  const backward: BackwardOps<CpuHandles> = {
    ...backend.backward,
    embed(_, ...rest) {
      backend.backward.embed(own, ...rest);
    },
  };
  return { ...parts, backend: { ...backend, backward } };
}

/** √Σ g² of some numbers. */
export function lengthOf(g: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < g.length; i++) sum += g[i] * g[i];
  return Math.sqrt(sum);
}

/** The lengths of the rows of a gradient [T, D]. */
export function rowLengths(g: NdArray): number[] {
  const [T, D] = g.shape;
  return Array.from({ length: T }, (_, l) =>
    lengthOf(Float64Array.from({ length: D }, (_, d) => g.get(l, d))),
  );
}
