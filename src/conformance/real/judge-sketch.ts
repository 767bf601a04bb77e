/**
 * What is said of an engine's outputs on one prompt of a sketch.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { UnsupportedError } from "../../errors.ts";
import { goldenName, type TapName } from "../../model/taps.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import { distanceOf, overBudget } from "../judge/distance.ts";
import { rms } from "../metrics.ts";
import type { Status, TapResult } from "../run/result.ts";
import type { Budget } from "../vectors/vector.ts";
import { DIVERGENCE, type Digest, digestOf, digestOfSketch, LOG_PROB, LOGITS } from "./digest.ts";
import { type PromptSketch, type Sketch, type SketchBudgets, streamTaps } from "./sketch.ts";
import { type OtherToken, teacherForced } from "./teacher-forced.ts";

/** What each result is about. */
export const NOTES = {
  stream:
    "The residual stream behind the embedding, each block and the final norm, by 64 random sums.",
  logits: "The 32 largest logits of each position, 64 random ones, and the sum over all.",
  likelihood: "How probable each next token of the prompt is.",
  divergence: "A lower bound of KL(sketch ‖ testee) at each position.",
  greedy: "The most probable token of each position, the sketch's tokens being fed.",
} as const;

export type Part = keyof typeof NOTES;

const PARTS = Object.keys(NOTES) as Part[];

export interface Verdict {
  readonly part: Part;
  readonly status: Status;
  readonly message?: string;
  readonly taps?: readonly TapResult[];
}

/** All parts of one prompt. @param outputs what the testee gives, or the reason why it was not run. */
export async function verdictsOn(
  prompt: PromptSketch,
  sketch: Sketch,
  accuracy: Accuracy,
  outputs: () => Promise<ReadonlyMap<string, NdArray> | string>,
): Promise<Verdict[]> {
  const all = (status: Status, message: string) => PARTS.map((part) => ({ part, status, message }));
  const measured = prompt.budgets[accuracy];
  if (!measured) {
    return all("skip", `the sketch has no budgets for ${accuracy}: make it again with that class`);
  }
  try {
    const given = await outputs();
    if (typeof given === "string") return all("skip", given);
    const digest = digestOf(given, prompt, sketch);
    return PARTS.map((part) => ({
      part,
      ...verdictOn(part, given, digest, prompt, sketch, measured),
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return all(error instanceof UnsupportedError ? "unsupported" : "error", message);
  }
}

function verdictOn(
  part: Part,
  outputs: ReadonlyMap<string, NdArray>,
  { arrays, from, misshapen }: Digest,
  prompt: PromptSketch,
  sketch: Sketch,
  { budgets }: SketchBudgets,
): Omit<Verdict, "part"> {
  const names = namesOf(part, sketch);
  const wrong = misshapen.find((sentence) => names.some((name) => sentence.startsWith(`${name} `)));
  if (wrong) return { status: "error", message: wrong };
  const truth = digestOfSketch(prompt, sketch, from);
  if (part === "greedy") {
    const logits = outputs.get(LOGITS);
    if (!logits) return { status: "unsupported", message: "gave no logits" };
    const V = sketch.config.vocabSize;
    const rows = arrays.get(LOGITS)?.shape[0] ?? 0;
    const noise = budgets[LOGITS].max * rms((truth.get(LOGITS) as NdArray).data);
    return greedyVerdict(teacherForced(rowsOf(logits, rows, V), prompt, noise), noise);
  }
  const taps: TapResult[] = [];
  for (const name of names) {
    const x = arrays.get(name);
    const t = truth.get(name) as NdArray;
    if (x) taps.push(tapResult(name, x, t, budgets[name], prompt, sketch));
  }
  if (taps.length === 0) {
    return { status: "unsupported", message: `gave none of ${names.slice(0, 3).join(", ")}` };
  }
  const bad = taps.find(({ over }) => !(over <= 1));
  if (!bad) return { status: "pass", taps };
  return { status: "fail", taps, message: sentence(part, bad) };
}

function namesOf(part: Part, sketch: Sketch): readonly string[] {
  if (part === "stream") return streamTaps(sketch.config);
  if (part === "likelihood") return [LOG_PROB];
  return [part === "divergence" ? DIVERGENCE : LOGITS];
}

/** @param x the last rows, or all, of what `t` has for all positions from the first that was given on. */
function tapResult(
  tap: string,
  x: NdArray,
  t: NdArray,
  budget: Budget,
  { ids, positions }: PromptSketch,
  { tokens }: Sketch,
): TapResult {
  const columns = t.shape[1] ?? 1;
  const truth = t.data.subarray(t.data.length - x.shape[0] * columns);
  const distance = distanceOf(x.data, truth);
  const golden = goldenName(tap as TapName);
  const [row, column] = [Math.floor(distance.at / columns), distance.at % columns];
  // log p of the next token has a row less.
  const position = (tap === LOG_PROB ? ids.length - 1 : ids.length) - x.shape[0] + row;
  const where = tap === LOGITS ? [...positions[position].top, ...tokens][column] : column;
  const hasColumn = t.shape.length > 1 && where !== undefined;
  return {
    tap,
    ...(golden !== undefined && golden !== tap && { golden }),
    nrmse: distance.nrmse,
    max: distance.max,
    over: overBudget(distance, budget),
    at: hasColumn ? [position, where] : [position],
    got: x.data[distance.at],
    expected: truth[distance.at],
  };
}

function sentence(part: Part, { tap, golden, nrmse, over, at, got, expected }: TapResult): string {
  const times = `${over < 1000 ? Number(over.toPrecision(2)) : over.toExponential(1)} × its budget`;
  const [position, token] = at;
  const numbers = `${shown(got)}, expected ${shown(expected)}`;
  if (part === "stream") {
    const name = golden ? `${tap} (${golden})` : tap;
    return `${name} is the first point of the stream that is off, by ${percent(nrmse)} of its size, ${times}`;
  }
  if (part === "divergence") return `at least ${shown(got)} nats at position ${position}, ${times}`;
  if (part === "likelihood") {
    return `log p of the token behind position ${position} is ${numbers}: ${times}`;
  }
  const name = token === undefined ? "log Σ exp of all logits" : `the logit of token ${token}`;
  return `${name} at position ${position} is ${numbers}: ${times}`;
}

function greedyVerdict(
  { ties, wrong }: ReturnType<typeof teacherForced>,
  noise: number,
): Omit<Verdict, "part"> {
  const said = ({ position, got, expected, lead }: OtherToken) =>
    `position ${position}: token ${got} comes first, expected ${expected}, which leads by ${shown(lead)}`;
  const [first] = wrong;
  if (first) {
    return { status: "fail", message: `${said(first)}; noise reaches ${shown(2 * noise)}` };
  }
  if (ties.length === 0) return { status: "pass" };
  const more = ties.length > 1 ? `; ${ties.length} ties in all` : "";
  return {
    status: "tie",
    message: `${said(ties[0])}, within the noise of ${shown(2 * noise)}${more}`,
  };
}

function rowsOf({ data, offset }: NdArray, rows: number, columns: number): NdArray {
  return tensor(data, [rows, columns], offset);
}

function shown(x: number): string {
  return String(Number.isFinite(x) ? Number(x.toPrecision(4)) : x);
}

function percent(x: number): string {
  return Number.isFinite(x) ? `${Number((100 * x).toPrecision(2))} %` : "infinitely much";
}
