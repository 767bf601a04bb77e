/**
 * What `rlhf` says before and after.
 * @module
 */
import type { EstimatedOptimum } from "../../preference/exact/estimate-optimum.ts";
import type { RlhfReport } from "../../preference/rlhf/rlhf.ts";
import type { Style } from "../terminal/style.ts";
import type { Learnt } from "../training/learn.ts";

/** The share of a run that its beginning and its end are the means of: one step alone has few answers. */
const END = 0.2;

/** Where a run began and where it ended, as means over some of its steps. */
export interface Ends {
  readonly reward: readonly [number, number];
  readonly judge: readonly [number, number] | undefined;
  readonly kl: number;
  /** Mean R = r − β KL of the last steps: J. */
  readonly objective: number;
  /** Steps of each end. */
  readonly steps: number;
}

/** The ends of a run, one step at least. */
export function endsOf(reports: readonly RlhfReport[]): Ends {
  const steps = Math.max(1, Math.floor(END * reports.length));
  const [first, last] = [reports.slice(0, steps), reports.slice(-steps)];
  const mean = (some: readonly RlhfReport[], of: (report: RlhfReport) => number) =>
    some.reduce((sum, report) => sum + of(report), 0) / some.length;
  const both = (of: (report: RlhfReport) => number) => [mean(first, of), mean(last, of)] as const;
  return {
    reward: both(({ reward }) => reward),
    judge: reports[0].judge === undefined ? undefined : both(({ judge = 0 }) => judge),
    kl: mean(last, ({ k1 }) => k1),
    objective: mean(last, ({ shaped }) => shaped),
    steps,
  };
}

/** How much of the way from J of the reference to J* a policy has gone. */
export function wayGone(objective: number, optimum: EstimatedOptimum): number {
  const { referenceReward: from, objective: to } = optimum;
  return (objective - from) / (to - from);
}

/** Before a run. */
export function foretoldText(optimum: EstimatedOptimum, beta: number): string {
  const { objective, referenceReward, reward, kl, warning } = optimum;
  const caution = warning === undefined ? "" : ` (${warning})`;
  return `Before it learns, its answers have a reward of ${show(referenceReward)}. With ${beta} for a nat, the best policy has ${show(objective)}: reward ${show(reward)}, KL ${show(kl)}${caution}.\n`;
}

/** How far a run got. */
export interface Reached {
  readonly ends: Ends;
  readonly optimum: EstimatedOptimum | undefined;
  readonly beta: number;
  /** What the second judge's score is called. */
  readonly judge: string | undefined;
}

/** The same in sentences. */
export function reachedText({ ends, optimum, beta, judge = "judge" }: Reached): string[] {
  const from = ([a, b]: readonly [number, number]) => `${show(a)} to ${show(b)}`;
  const second = ends.judge ? `, ${judge} from ${from(ends.judge)}` : "";
  const count = ends.steps === 1 ? "one step each" : `means of ${ends.steps} steps`;
  const first = `Reward from ${from(ends.reward)}${second}, KL ${show(ends.kl)}: ${count}.`;
  if (!optimum || beta === 0) return [first];
  const way = show(100 * wayGone(ends.objective, optimum), 0);
  const best = show(optimum.objective);
  const caution = optimum.warning === undefined ? "" : ` (${optimum.warning})`;
  return [
    first,
    `Reward − ${beta} KL is ${show(ends.objective)}, from ${show(optimum.referenceReward)}: ${way} % of the way to the best policy's ${best}${caution}.`,
  ];
}

/** After a run. */
export function reinforcedText(
  { reports, written }: Learnt<RlhfReport>,
  reached: Omit<Reached, "ends">,
  style: Style,
): string {
  if (reports.length === 0) return `${style("bold", "There was nothing to learn.")}\n`;
  const [first, ...rest] = reachedText({ ...reached, ends: endsOf(reports) });
  return [style("bold", first), ...rest, ...warningsOf(reports), ...written, ""].join("\n");
}

/** Each kind of warning once, where it came first. */
export function warningsOf(reports: readonly RlhfReport[]): string[] {
  const warned = reports.filter(({ warnings }) => warnings.length > 0);
  if (warned.length === 0) return [];
  const [{ step, warnings }] = warned;
  const more = warned.length === 1 ? "" : ` So in ${warned.length} steps.`;
  return [`Warning in step ${step}: ${warnings.join("; ")}.${more}`];
}

/** With a minus, and without one before a zero. */
function show(x: number, digits = 2): string {
  return (Object.is(Math.round(x * 10 ** digits), -0) ? 0 : x).toFixed(digits).replace("-", "−");
}
