/**
 * A run in one safetensors file, so that there is never half of one:
 *
 *     model.norm.weight, …          the masters of the weights that learn, float32 or float64
 *     optimizer.m.model.norm.weight, …   what the optimiser remembers
 *     gradient.model.norm.weight, …, loss   in the middle of a step: what has been added up
 *     __metadata__ "run"            JSON: step, state of the data and of its generator, options
 *
 * Weights that do not learn are not in it: they are those of the model that it began with.
 * @module
 */
import { brief } from "../../brief.ts";
import { readSafetensors, readSafetensorsHeader } from "../../checkpoint/safetensors/read.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { type Refusals, refusals } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { type JsonValue, parseJsonObject } from "../../source/json.ts";
import { type RowSource, rowsInto, storedFromBytes } from "../../tensor/stored.ts";
import { type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { sourceOf } from "../source-of.ts";
import type { Figures } from "../trains.ts";
import { assertSame, assertSameWeights, learning, settingsOf } from "./same-run.ts";
import { normalizerOf, type TrainingRun } from "./training-run.ts";

/** What stands in the metadata. */
interface RunState {
  /** Of this layout. */
  readonly version: 1;
  /** Steps that are done. */
  readonly step: number;
  /** Of the source of batches: before the batch of the step that is begun, if one is. */
  readonly batches: JsonValue;
  /** What must be the same when it is resumed. */
  readonly settings: JsonValue;
  /** The step that is begun: how many sequences have been added up, out of how many, with how many targets. */
  readonly atWork?: {
    readonly done: number;
    readonly sequences: number;
    readonly targets: number;
    readonly figures?: Figures;
  };
}

const KEY = "run";
const [OPTIMIZER, GRADIENT, LOSS] = ["optimizer.", "gradient.", "loss"];

/**
 * The file of a run, as it is between two sequences or two steps. Its numbers are read from the run's memory as it is
 * written: write it whole before the run goes on.
 * @throws {ArgumentError} if an update of the weights failed in the middle: they are not those of any step.
 */
export function saveRun<Item>(run: TrainingRun<Item>): FileStream {
  if (run.isUpdating) {
    const hint = "go on from the file that was saved before";
    throw refusals("saveRun").argument("run", "a run between two steps", "a failed update", hint);
  }
  const { atWork, step, batches, options } = run;
  const tensors = new Map<string, RowSource>();
  const add = (name: string, data: FloatArray, shape: readonly number[]) => {
    tensors.set(name, sourceOf({ name, shape, data }));
  };
  const parameters = learning(run);
  for (const { name, data, shape } of parameters) add(name, data, shape);
  for (const [name, { data, shape }] of options.optimizer.state()) {
    add(`${OPTIMIZER}${name}`, data, shape);
  }
  if (atWork) {
    for (const { name, gradient, shape } of parameters) add(`${GRADIENT}${name}`, gradient, shape);
    add(LOSS, Float64Array.of(atWork.loss), [1]);
  }
  const state: RunState = {
    version: 1,
    step,
    batches: atWork ? JSON.parse(atWork.before) : batches.state(),
    settings: settingsOf(run),
    ...(atWork && {
      atWork: {
        done: atWork.done,
        sequences: atWork.batch.length,
        targets: atWork.targets,
        ...(atWork.figures && { figures: atWork.figures }),
      },
    }),
  };
  return writeSafetensors(tensors, { metadata: { [KEY]: JSON.stringify(state) } });
}

/**
 * Brings `run` to where the run in `source` was when it was saved. It is checked first: what is refused has changed nothing.
 * @throws {FormatError} if it is not the file of a run, or is damaged.
 * @throws {ArgumentError} if it is that of another model, other data, or other options.
 */
export async function resumeRun<Item>(
  run: TrainingRun<Item>,
  source: ByteSource,
  signal?: AbortSignal,
): Promise<void> {
  const refuse = refusals("resumeRun", source.name);
  const { metadata } = await readSafetensorsHeader(source, signal);
  const state = stateFrom(metadata.get(KEY), refuse, source.name);
  assertSame(state.settings, settingsOf(run), "", refuse);
  const tensors = await readSafetensors(source, signal);
  const parameters = learning(run);
  const isWeight = (name: string) =>
    name !== LOSS && !name.startsWith(OPTIMIZER) && !name.startsWith(GRADIENT);
  assertSameWeights(new Map([...tensors].filter(([name]) => isWeight(name))), parameters, refuse);

  const remembered = new Map<string, NdArray>();
  for (const [name, rows] of tensors) {
    if (!name.startsWith(OPTIMIZER)) continue;
    const data = await numbersOf(rows, signal);
    remembered.set(name.slice(OPTIMIZER.length), tensor(data, rows.shape));
  }
  const fresh = run.batches.state();
  run.batches.restore(state.batches);
  const before = parameters.map(({ data }) => (state.atWork ? data.slice() : undefined));
  for (const { name, data } of parameters) {
    await readInto(tensors.get(name) as RowSource, data, signal);
  }
  // With the weights of then, as some batches are drawn by the model itself.
  const atWork =
    state.atWork &&
    (await drawAgain(run, state.batches, state.atWork, refuse, signal).catch((error) => {
      for (const [i, { data }] of parameters.entries()) data.set(before[i] as FloatArray);
      run.batches.restore(fresh);
      throw error;
    }));
  run.options.optimizer.restore(remembered);
  if (atWork) {
    for (const { name, gradient } of parameters) {
      await readInto(tensors.get(`${GRADIENT}${name}`) as RowSource, gradient, signal);
    }
  }
  const loss = atWork ? (await numbersOf(tensors.get(LOSS) as RowSource, signal))[0] : 0;
  run.atWork = atWork && { ...atWork, loss };
  run.step = state.step;
}

/** The batch of a step that was begun: the data must give the same one. */
async function drawAgain<Item>(
  { batches, model }: TrainingRun<Item>,
  from: JsonValue,
  { sequences, ...begun }: NonNullable<RunState["atWork"]>,
  refuse: Refusals,
  signal: AbortSignal | undefined,
) {
  const batch = (await batches.next(signal)) ?? [];
  const targets = batch.length > 0 ? normalizerOf("resumeRun", model, batch) : 0;
  if (batch.length === sequences && targets === begun.targets) {
    return { before: JSON.stringify(from), batch, ...begun };
  }
  const expected = `the batch of the saved run: ${sequences} sequences, ${begun.targets} targets`;
  const hint = "a run goes on with the data that it began with";
  throw refuse.argument("batches", expected, `${batch.length} and ${targets}`, hint);
}

function stateFrom(json: string | undefined, refuse: Refusals, file: string): RunState {
  if (json === undefined) {
    const hint = "a checkpoint is no run: a run is what `save` of train was given";
    throw refuse.format(KEY, "the file of a run", "no state of one in its metadata", hint);
  }
  const state = parseJsonObject(new TextEncoder().encode(json), "resumeRun", file);
  const { version, step } = state as unknown as RunState;
  if (version !== 1) {
    const hint = "it was saved by another version of this library";
    throw refuse.format("version", "1", brief(version), hint);
  }
  if (!Number.isInteger(step) || step < 0) {
    throw refuse.format("step", "how many steps are done", brief(step));
  }
  return state as unknown as RunState;
}

async function numbersOf(rows: RowSource, signal?: AbortSignal): Promise<FloatArray> {
  const bytes = await rows.rows(0, rows.shape[0], signal);
  const dtype = rows.dtype === "float64" ? "float64" : "float32";
  return storedFromBytes(bytes, dtype, rows.shape).data as FloatArray;
}

async function readInto(rows: RowSource, data: FloatArray, signal?: AbortSignal): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  await rowsInto(rows, 0, rows.shape[0], bytes, signal);
}
