/**
 * Tier T4: an engine with somebody's own weights, held against a sketch of an engine that is trusted.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { goldenName, type TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { elementsOf, type NdArray, tensor } from "../../tensor/tensor.ts";
import { accuracyNamed } from "../accuracy.ts";
import type { Result } from "../run/result.ts";
import type { Testee } from "../run/testee.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import { NOTES, verdictsOn } from "./judge-sketch.ts";
import { type PromptSketch, type Sketch, streamTaps } from "./sketch.ts";
import { compareWeights } from "./weight-hashes.ts";

/** How a sketch is compared. */
export interface CompareOptions {
  /** The class in which results are judged. Default: what the testee says of itself, or float32. */
  readonly accuracy?: Accuracy;
  /** The weights, which a testee is told to load. Without them nothing is run. */
  readonly model?: SuiteModel;
  readonly signal?: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

export const COMPARE_NAMES: OptionNames<CompareOptions> = {
  accuracy: true,
  model: true,
  signal: true,
  onResult: "function",
};

/** Outputs that were computed before: `prompt-0/logits`, `prompt-0/blocks.0.hook_resid_post`, and so on. */
export type PromptArrays = ReadonlyMap<string, NdArray>;

/**
 * Holds a testee, or arrays that it has written, against `sketch`: five results for each prompt, and one for the
 * weights where these are given. A testee that answers badly gives results of status `error`; nothing is thrown for it.
 */
export async function compareSketch(
  tested: Testee | PromptArrays,
  sketch: Sketch,
  options: CompareOptions = {},
): Promise<Result[]> {
  assertOptions("compareSketch", options, COMPARE_NAMES);
  const { model, signal, onResult } = options;
  const isTestee = "forward" in tested;
  const own = isTestee ? tested.info.accuracy : undefined;
  const accuracy = accuracyNamed("compareSketch", options.accuracy ?? own ?? "float32");
  const results: Result[] = [];
  const say = (result: Result) => {
    results.push(result);
    onResult?.(result);
  };
  if (model) say(await compareWeights(model, sketch, signal));
  const outputsOf = isTestee ? runner(tested, sketch, model) : arraysOf.bind(undefined, tested);
  for (const prompt of sketch.prompts) {
    signal?.throwIfAborted();
    const began = performance.now();
    const verdicts = await verdictsOn(prompt, sketch, accuracy, async () =>
      outputsOf(prompt, ["logits", ...streamTaps(sketch.config)] as TapName[]),
    );
    const seconds = (performance.now() - began) / 1000;
    for (const { part, taps = [], ...verdict } of verdicts) {
      const id = `t4.${sketch.name}.${prompt.id}.${part}`;
      say({ id, tier: "T4", note: NOTES[part], taps, ...verdict, seconds });
    }
  }
  return results;
}

/** What is said where there is no sketch to compare with. */
export function withoutSketch(): Result {
  const message = "needs a sketch of your weights: gemma-reference verify sketch makes one";
  const note = "The logits and the residual stream of real weights.";
  return { id: "t4.sketch", tier: "T4", status: "skip", note, message, taps: [], seconds: 0 };
}

/** Outputs by tap name, or the reason why there are none. */
type OutputsOf = (
  prompt: PromptSketch,
  taps: readonly TapName[],
) => Promise<ReadonlyMap<string, NdArray> | string>;

/**
 * Runs prompts on a testee, which loads the model before the first: what was given at once, and the rest token by
 * token, as a generation goes.
 */
function runner(testee: Testee, sketch: Sketch, model: SuiteModel | undefined): OutputsOf {
  let isLoaded = false;
  return async ({ ids, given }, taps) => {
    if (!model) return `needs the weights of ${sketch.name}, which the sketch was made of`;
    if (isLoaded) await testee.reset();
    else await testee.load(model);
    isLoaded = false; // after an error the process may be another one
    const parts = [await testee.forward({ ids: ids.slice(0, given), pos: 0 }, taps)];
    for (let pos = given; pos < ids.length; pos++) {
      parts.push(await testee.forward({ ids: [ids[pos]], pos }, taps));
    }
    isLoaded = true;
    const found = taps.map((tap) => [tap, parts.map((part) => part.get(tap))] as const);
    const whole = found.filter(([, rows]) => rows.every((row) => row !== undefined));
    return new Map(whole.map(([tap, rows]) => [tap, stacked(rows as NdArray[])]));
  };
}

/** Rows of several arrays, one below the other. */
function stacked(parts: readonly NdArray[]): NdArray {
  const columns = parts[0].shape[parts[0].shape.length - 1];
  const counts = parts.map(({ shape }) => elementsOf(shape));
  const data = new Float64Array(counts.reduce((a, b) => a + b, 0));
  let at = 0;
  for (const [i, part] of parts.entries()) {
    data.set(part.data.subarray(part.offset, part.offset + counts[i]), at);
    at += counts[i];
  }
  return tensor(data, [data.length / columns, columns]);
}

/** The arrays of a prompt, under either name of a tap. */
function arraysOf(
  arrays: PromptArrays,
  { id }: PromptSketch,
  taps: readonly TapName[],
): Map<string, NdArray> {
  const found = taps.map((tap) => {
    return [tap, arrays.get(`${id}/${tap}`) ?? arrays.get(`${id}/${goldenName(tap)}`)] as const;
  });
  return new Map(found.filter((entry): entry is [TapName, NdArray] => entry[1] !== undefined));
}
