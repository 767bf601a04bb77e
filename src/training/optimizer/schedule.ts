/**
 * Schedules: the learning rate of each step. Conventions differ by one step between libraries. Here step t counts
 * from 0, and the first step of a warm-up has a rate above 0, so that no step is for nothing:
 *
 *     t < w         peak · (t + 1)/w
 *     w ≤ t < T     peak · (f + (1 − f) · ½(1 + cos π(t − w)/(T − w)))       linear: peak · (f + (1 − f) · (T − t)/(T − w))
 *     T ≤ t         peak · f
 *
 * with w steps of warm-up out of T, and the floor f, a share of the peak. (Hugging Face and optax begin at 0; nanoGPT
 * has (t + 1)/(w + 1). Cosine: Loshchilov & Hutter 2016, arXiv:1608.03983, Eq. 5.)
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { JsonValue } from "../../source/json.ts";

/** The learning rate of step `step`, from 0. Any function will do. */
export interface Schedule {
  (step: number): number;
  /** Its name and its numbers, as JSON: a run is resumed only where they are the same. */
  readonly settings?: { readonly [name: string]: JsonValue };
}

/** Options of {@link warmupCosine} and {@link linear}. */
export interface WarmupOptions {
  /** T: steps until the rate has come down to the floor. */
  readonly steps: number;
  /** w: the first of them, in which the rate rises. Default 0. */
  readonly warmup?: number;
  /** The highest rate. */
  readonly peak: number;
  /** f: the share of the peak that is left in the end, from 0 to 1. Default 0. */
  readonly floor?: number;
}

const NAMES: OptionNames<WarmupOptions> = { steps: true, warmup: true, peak: true, floor: true };

/** Up to the peak in a line, down to the floor along half a cosine. */
export function warmupCosine(options: WarmupOptions): Schedule {
  return falling("warmupCosine", options, (done) => (1 + Math.cos(Math.PI * done)) / 2);
}

/** Up to the peak in a line, down to the floor in another. */
export function linear(options: WarmupOptions): Schedule {
  return falling("linear", options, (done) => 1 - done);
}

/** Options of {@link constant}. */
export interface ConstantOptions {
  /** Steps in which the rate rises. Default 0. */
  readonly warmup?: number;
}

/** One rate, after a warm-up if there is one. */
export function constant(lr: number, options: ConstantOptions = {}): Schedule {
  const op = "constant";
  assertOptions(op, options, { warmup: true });
  const { warmup = 0 } = options;
  assertRate(op, "lr", lr);
  assertInteger(op, "warmup", warmup, { from: 0 });
  const at = (step: number) => (step < warmup ? (lr * (step + 1)) / warmup : lr);
  return Object.assign(at, { settings: { schedule: op, lr, warmup } });
}

/** @param left the share of the way down that is left when the share `done` of its steps is. */
function falling(op: string, options: WarmupOptions, left: (done: number) => number): Schedule {
  assertOptions(op, options, NAMES);
  const { steps, warmup = 0, peak, floor = 0 } = options;
  assertInteger(op, "steps", steps, { from: 1 });
  assertInteger(op, "warmup", warmup, { from: 0, to: steps });
  assertRate(op, "peak", peak);
  if (!(floor >= 0 && floor <= 1)) {
    const hint = "it is a share of the peak, not a rate";
    throw refusals(op).argument("floor", "a number from 0 to 1", brief(floor), hint);
  }
  const at = (step: number) => {
    if (step < warmup) return (peak * (step + 1)) / warmup;
    const share = step < steps ? left((step - warmup) / (steps - warmup)) : 0;
    return peak * (floor + (1 - floor) * share);
  };
  return Object.assign(at, { settings: { schedule: op, steps, warmup, peak, floor } });
}

function assertRate(op: string, name: string, value: number): void {
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return;
  throw refusals(op).argument(name, "a number, 0 or more", brief(value));
}
