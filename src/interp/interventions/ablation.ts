/**
 * Ablation: hooks that switch a part of the model off.
 *
 *     const hooks = [...ablateHead(0, 3), ...ablateNeuron(1, [17, 40])];
 *     const logits = await runWithHooks(model, ids, hooks);
 *
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger, assertOneOf } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { elementsOf, type NdArray } from "../../tensor/tensor.ts";
import type { Hook, HookList, HookPoint } from "../run/hooks.ts";

/** What stands in the place of what is switched off. */
export interface AblationOptions {
  /**
   * What stands in its place: zeros (default), or for each number its mean over the positions of the run, which tells
   * every position a little of the later ones.
   */
  readonly by?: "zero" | "mean";
}

const ABLATION_NAMES: OptionNames<AblationOptions> = { by: true };

/**
 * Switches an attention head off: its row of `attn.hook_z` [L, N, H]. With zeros the block computes what it would if the
 * head's columns of `o_proj` were 0.
 * @throws {ArgumentError} if the numbers are none of a layer or a head; of a model that has fewer, when it runs.
 */
export function ablateHead(layer: number, head: number, options: AblationOptions = {}): HookList {
  const op = "ablateHead";
  const by = meansOf(op, layer, options);
  assertInteger(op, "head", head, { from: 0 });
  const hook: Hook = (z, point) => {
    const [, N, H] = z.shape;
    assertInteger(op, "head", head, { from: 0, to: N - 1 });
    const columns = Array.from({ length: H }, (_, h) => head * H + h);
    ablate(op, z, columns, by, point);
  };
  return [[`blocks.${layer}.attn.hook_z`, hook]];
}

/**
 * Switches neurons of an MLP off: their columns of `mlp.hook_post` [L, F]. With zeros the block computes what it would if
 * their columns of `down_proj` were 0.
 * @throws {ArgumentError} if the numbers are none of a layer or neurons; of a model that has fewer, when it runs.
 */
export function ablateNeuron(
  layer: number,
  neurons: number | readonly number[],
  options: AblationOptions = {},
): HookList {
  const op = "ablateNeuron";
  const by = meansOf(op, layer, options);
  const columns = typeof neurons === "number" ? [neurons] : neurons;
  if (!Array.isArray(columns) || columns.length === 0) {
    throw refusals(op).argument("neurons", "a neuron, or a list of them", brief(neurons));
  }
  for (const neuron of columns) assertInteger(op, "neurons", neuron, { from: 0 });
  const hook: Hook = (post, point) => {
    const [, F] = post.shape;
    for (const neuron of columns) assertInteger(op, "neurons", neuron, { from: 0, to: F - 1 });
    ablate(op, post, columns, by, point);
  };
  return [[`blocks.${layer}.mlp.hook_post`, hook]];
}

function meansOf(op: string, layer: number, options: AblationOptions): "zero" | "mean" {
  assertOptions(op, options, ABLATION_NAMES);
  assertOneOf(op, "by", options.by, ["zero", "mean"]);
  assertInteger(op, "layer", layer, { from: 0 });
  return options.by ?? "zero";
}

/** Writes into columns of `x`, its rows taken as flat ones. */
function ablate(
  op: string,
  x: NdArray,
  columns: readonly number[],
  by: "zero" | "mean",
  { pos }: HookPoint,
): void {
  if (by === "mean" && pos > 0) {
    const got = `a pass that goes on at position ${pos}`;
    const hint = '"zero" needs no other positions';
    throw refusals(op).unsupported("by", "a run of a whole sequence for a mean", got, hint);
  }
  const { data, shape } = x;
  const [L] = shape;
  const width = elementsOf(shape) / L;
  for (const column of columns) {
    let sum = 0;
    if (by === "mean") for (let l = 0; l < L; l++) sum += data[l * width + column];
    for (let l = 0; l < L; l++) data[l * width + column] = sum / L;
  }
}
