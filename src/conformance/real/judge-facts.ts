/**
 * What is said of an engine's numbers where a fact says others.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { argmax } from "../../nn/log-softmax.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { unitRoundoff } from "../accuracy.ts";
import type { Result } from "../run/result.ts";
import type { MeansFact, NumbersFact, TopFact } from "./facts.ts";

/** Status, and why. */
export type FactVerdict = Pick<Result, "status" | "message">;

const PASS: FactVerdict = { status: "pass" };

/**
 * The ten largest logits of a position: each within `bar`, and no other token above them. Two that changed places
 * within it are a tie.
 * @param logits [V], of the last position.
 */
export function judgeTop(
  logits: ArrayLike<number>,
  { top }: Pick<TopFact, "top">,
  bar: number,
): FactVerdict {
  for (const [id, logit] of top) {
    if (isNear(logits[id], logit, bar)) continue;
    return fail(`the logit of token ${id} is ${shown(logits[id])}, expected ${shown(logit)}`, bar);
  }
  const known = new Set(top.map(([id]) => id));
  const last = top[top.length - 1][1];
  let intruder = -1;
  for (let id = 0; id < logits.length; id++) {
    if (!known.has(id) && !(logits[id] <= last + bar) && intruder < 0) intruder = id;
  }
  if (intruder >= 0) {
    const sentence = `the logit of token ${intruder} is ${shown(logits[intruder])}, above all but ${top.length - 1} that were expected`;
    return fail(sentence, bar);
  }
  const order = top.map(([id]) => id).sort((a, b) => logits[b] - logits[a] || a - b);
  const at = order.findIndex((id, i) => id !== top[i][0]);
  if (at < 0) return PASS;
  const message = `token ${order[at]} stands where ${top[at][0]} was expected, within the bar of ${bar}`;
  return { status: "tie", message };
}

/** Single numbers. @param x [T, columns] */
export function judgeNumbers(x: NdArray, { numbers, tap }: NumbersFact, bar: number): FactVerdict {
  for (const [position, column, value] of numbers) {
    const got = x.get(position, column);
    if (isNear(got, value, bar)) continue;
    const where = `${tap}[${position}, ${column}]`;
    return fail(`${where} is ${shown(got)}, expected ${shown(value)}`, bar);
  }
  return PASS;
}

/** Means of all logits. @param logits [T, V] */
export function judgeMeans(logits: NdArray, { means }: MeansFact, bar: number): FactVerdict {
  const V = logits.shape[1];
  for (const [t, mean] of means.entries()) {
    let sum = 0;
    for (let v = 0; v < V; v++) sum += logits.get(t, v);
    if (isNear(sum / V, mean, bar)) continue;
    return fail(
      `the mean logit of position ${t} is ${shown(sum / V)}, expected ${shown(mean)}`,
      bar,
    );
  }
  return PASS;
}

/** The least budget of a class, in roundings of what is stored (judge/budget.ts). */
const ROUNDINGS = 4;

/**
 * Greedy text, the expected token being fed whatever came first: where another token leads by more than the noise of
 * the wider of two classes, that in which the text was computed and the testee's, it is wrong. The noise of a logit is
 * at least four roundings of it, and two logits may be off in opposite ways.
 * @param logits [T, V]
 * @param begin position of the first token that was generated.
 */
export function judgeGreedy(
  logits: NdArray,
  ids: readonly number[],
  begin: number,
  classes: readonly Accuracy[],
): FactVerdict {
  const unit = Math.max(...classes.map(unitRoundoff));
  let tie: string | undefined;
  for (let t = begin; t < ids.length; t++) {
    const row = logits.pick(t - 1, null);
    const got = argmax(row);
    if (got === ids[t]) continue;
    const lead = row.get(got) - row.get(ids[t]);
    const noise =
      2 * ROUNDINGS * unit * Math.max(Math.abs(row.get(got)), Math.abs(row.get(ids[t])));
    const sentence = `token ${t - begin} of the text is ${ids[t]}, and ${got} leads it by ${shown(lead)}`;
    if (!(lead <= noise))
      return { status: "fail", message: `${sentence}; noise reaches ${shown(noise)}` };
    tie ??= `${sentence}, within the noise of ${shown(noise)}`;
  }
  return tie === undefined ? PASS : { status: "tie", message: tie };
}

function isNear(x: number, expected: number, bar: number): boolean {
  return Math.abs(x - expected) <= bar; // NaN is near nothing
}

function fail(sentence: string, bar: number): FactVerdict {
  return { status: "fail", message: `${sentence} within ${bar}` };
}

function shown(x: number): string {
  return String(Number.isFinite(x) ? Number(x.toPrecision(7)) : x);
}
