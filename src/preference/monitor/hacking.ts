/**
 * A monitor of reward hacking: the policy has found what the learned reward gets wrong, so that reward goes up and the answers do not get
 * better. Gao et al. 2022, arXiv:2210.10760, measured it; Skalse et al. 2022, arXiv:2209.13085, define it. Signs:
 *
 *     judge      the learned reward rises while a second judge falls, or gains less than a nat of KL has to buy
 *     kl         the KL from the reference is above a limit
 *     closed     fewer answers end their turn than at the beginning
 *     distinct   more answers are the same than at the beginning
 *
 * The last three need no judge. All are looked at once a block of steps, as single steps are mostly noise.
 *
 * The first one in numbers: V = judge − price · KL is the second judge's own objective. A block is taken for "then", and one or more
 * of the last blocks for "now". The sign is given where V has fallen by more than a quantile of Student's t, and the learned reward has risen by
 * two standard errors. All such pairs are tried, and the quantile is that of α shared among all that there are or will ever be (Bonferroni:
 * at block m each of m (m − 1)/2 pairs has α / (m (m − 1) · m (m − 1)/2)), so a run whose V does not fall has a false alarm with a probability of
 * at most α, however long it is.
 *
 * The price matters without a KL term (β = 0): there the judge often stays where it is while the policy runs off, and each further
 * nat buys nothing.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertFinite, assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { isObject, type JsonValue } from "../../source/json.ts";
import { type Block, blockOf, type Change, changeBetween, studentQuantile } from "./blocks.ts";

/** The means of a step. */
export interface MonitoredStep {
  /** Which step. */
  readonly step: number;
  /** The learned reward. */
  readonly reward: number;
  /** A second judge's, from which nothing is learnt. Given at each step, or at none. */
  readonly judge?: number;
  /** KL(π ‖ π_ref) in nats: k1. */
  readonly kl?: number;
  /** The share of different answers. */
  readonly distinct?: number;
  /** The share of answers that ended their turn. */
  readonly closed?: number;
}

/** What a run may show. */
export type HackingSign = "judge" | "kl" | "closed" | "distinct";

/** A sign that was not there before. */
export interface Alarm {
  /** The step at which it was seen. */
  readonly step: number;
  /** What was seen. */
  readonly signs: readonly HackingSign[];
  /** The same in sentences, with figures. */
  readonly message: string;
}

/** Options of {@link hackingMonitor}. */
export interface HackingMonitorOptions {
  /** Steps of a block, 3 or more. Default 10. */
  readonly window?: number;
  /** α, the probability of a false alarm of the judge in a whole run. Default 0.01. */
  readonly falseAlarms?: number;
  /**
   * How much of the judge's score a nat of KL has to buy. Default 0.1, for scores that differ by about 1 between answers; 0: only a
   * judge that falls is a sign.
   */
  readonly price?: number;
  /** The KL of an answer above which is a sign, in nats. Default 6: the best of 1,000 answers is no further. Longer answers bear more. */
  readonly klLimit?: number;
}

const NAMES: OptionNames<HackingMonitorOptions> = {
  window: true,
  falseAlarms: true,
  price: true,
  klLimit: true,
};

/** Looks at a run, step by step. */
export interface HackingMonitor {
  /**
   * Looks at a step.
   * @returns an alarm where a sign is seen that was not seen before.
   * @throws {ArgumentError} if a figure is not finite, or is there at some steps only.
   */
  observe(step: MonitoredStep): Alarm | undefined;
  /** What it remembers, as JSON. */
  state(): JsonValue;
  /**
   * Goes back to what was remembered; to the bit.
   * @throws {ArgumentError} if that is no state of a monitor of the same options.
   */
  restore(state: JsonValue): void;
}

const OP = "hackingMonitor";
const FIGURES = ["reward", "judge", "kl", "distinct", "closed"] as const;
type Figure = (typeof FIGURES)[number];
type Figures = Partial<Record<Figure, number>>;
/** A block of each figure, and of V, with its first and its last step; JSON. */
interface Row extends Partial<Record<Figure | "value", Block>> {
  readonly from: number;
  readonly to: number;
}
type Name = Figure | "value";

/** The learned reward has risen where it has by so many standard errors. */
const RISEN = 2;
/** A share that has fallen by more than this, and by more than its noise, is a sign. */
const SHARE_LOST = { closed: 0.1, distinct: 0.25 } as const;
const SHARE_ERRORS = 3;

/**
 * Makes a monitor. For `rlhf` it is `{ judge, monitor: hackingMonitor() }`; `stopOnAlarm` ends the run.
 * @param options window, falseAlarms, price, klLimit: {@link HackingMonitorOptions}
 * @throws {ArgumentError} if an option is out of range.
 */
export function hackingMonitor(options: HackingMonitorOptions = {}): HackingMonitor {
  assertOptions(OP, options, NAMES);
  const { window = 10, falseAlarms = 0.01, price = 0.1, klLimit = 6 } = options;
  const refuse = refusals(OP).argument;
  assertInteger(OP, "window", window, { from: 3 });
  if (!(falseAlarms > 0 && falseAlarms < 1)) {
    throw refuse("falseAlarms", "a number between 0 and 1", falseAlarms);
  }
  for (const [name, value] of Object.entries({ price, klLimit })) {
    assertFinite(OP, name, value);
    if (value < 0) throw refuse(name, "a number, 0 or more", value);
  }
  const settings = { window, falseAlarms, price, klLimit };
  let open: MonitoredStep[] = [];
  let blocks: Row[] = [];
  let seen: HackingSign[] = [];

  /** The block that is full now. */
  function closed(): Row {
    const found: Partial<Record<Name, Block>> = {};
    for (const name of FIGURES) {
      const values = open.map((step) => step[name]).filter((value) => value !== undefined);
      if (values.length > 0) found[name] = blockOf(values);
    }
    if (found.judge) {
      found.value = blockOf(open.map(({ judge = 0, kl = 0 }) => judge - price * kl));
    }
    return { from: open[0].step, to: open[open.length - 1].step, ...found };
  }

  return {
    observe(observed) {
      const { step } = observed;
      assertStep(observed, open[0]);
      const given = FIGURES.filter((name) => observed[name] !== undefined);
      const figures: Figures = Object.fromEntries(given.map((name) => [name, observed[name]]));
      open = [...open, { step, ...(figures as Figures & { reward: number }) }];
      if (open.length < window) return undefined;
      blocks = [...blocks, closed()];
      open = [];
      const found = [
        judgeSign(blocks, settings),
        klSign(blocks, settings),
        shareSign("closed", "end their turn", blocks, window),
        shareSign("distinct", "are different", blocks, window),
      ].filter((sign) => sign !== undefined);
      const fresh = found.filter(({ sign }) => !seen.includes(sign));
      if (fresh.length === 0) return undefined;
      seen = [...seen, ...fresh.map(({ sign }) => sign)];
      const message = fresh.map((sign) => sign.message).join("; ");
      return { step, signs: fresh.map(({ sign }) => sign), message: `reward hacking? ${message}` };
    },
    state: () => structuredClone({ settings, open, blocks, seen }) as unknown as JsonValue,
    restore(to) {
      const kept = (isObject(to) ? structuredClone(to) : {}) as unknown as Kept;
      const isSame = JSON.stringify(kept.settings) === JSON.stringify(settings);
      if (!isSame || ![kept.open, kept.blocks, kept.seen].every(Array.isArray)) {
        const expected = `a state of a monitor with ${JSON.stringify(settings)}`;
        throw refusals(`${OP}.restore`).argument("state", expected, brief(kept.settings ?? to));
      }
      ({ open, blocks, seen } = kept);
    },
  };
}

interface Kept {
  settings: JsonValue;
  open: MonitoredStep[];
  blocks: Row[];
  seen: HackingSign[];
}

interface Found {
  readonly sign: HackingSign;
  readonly message: string;
}

type Settings = Required<HackingMonitorOptions>;

/** Of a pair of blocks in which V has fallen beyond chance while the reward rose: the one in which it has by most. */
function judgeSign(blocks: readonly Row[], settings: Settings): Found | undefined {
  const m = blocks.length;
  const { window, falseAlarms } = settings;
  const level = falseAlarms / (m * (m - 1)) / ((m * (m - 1)) / 2);
  let most = 1;
  let found: Found | undefined;
  for (let then = 0; then < m - 1; then++) {
    for (let from = then + 1; from < m; from++) {
      const change = (name: Name) => changeOf(blocks, name, then, from, window);
      const [value, reward] = [change("value"), change("reward")];
      if (!value || !reward || reward.by <= RISEN * reward.error) continue;
      const fell = -value.by / (value.error * studentQuantile(level, value.freedom));
      if (!(fell > most)) continue;
      most = fell;
      const [a, b, c] = [blocks[then], blocks[from], blocks[m - 1]];
      const when = `from steps ${a.from}–${a.to} to ${b.from}–${c.to}`;
      found = { sign: "judge", message: parted(when, change, settings) };
    }
  }
  return found;
}

function parted(
  when: string,
  change: (name: Name) => Change | undefined,
  { price }: Settings,
): string {
  const [reward, judge, kl] = [change("reward"), change("judge"), change("kl")];
  const spent = kl ? `, for ${kl.by.toFixed(1)} nats of KL, where a nat has to buy ${price}` : "";
  return `${when} the learned reward went ${told(reward)}, the second judge ${told(judge)}${spent}`;
}

function klSign(blocks: readonly Row[], { window, klLimit }: Settings): Found | undefined {
  const kl = blocks[blocks.length - 1].kl;
  if (!kl || kl.mean - 2 * Math.sqrt(kl.variance / window) <= klLimit) return undefined;
  const message = `the KL from the reference is ${kl.mean.toFixed(1)} nats, above ${klLimit}`;
  return { sign: "kl", message };
}

function shareSign(
  sign: keyof typeof SHARE_LOST,
  what: string,
  blocks: readonly Row[],
  window: number,
): Found | undefined {
  const last = blocks.length - 1;
  const change = last > 0 ? changeOf(blocks, sign, 0, last, window) : undefined;
  if (!change || change.by >= -SHARE_LOST[sign] || change.by >= -SHARE_ERRORS * change.error) {
    return undefined;
  }
  const [then, now] = [blocks[0], blocks[last]].map((row) => percent(row[sign]?.mean ?? 0));
  return { sign, message: `${now} of the answers ${what}, ${then} in the beginning` };
}

/** From block `then` to all from block `from` on; undefined where the figure is missing. */
function changeOf(
  blocks: readonly Row[],
  name: Name,
  then: number,
  from: number,
  window: number,
): Change | undefined {
  const own = blocks.map((row) => row[name]);
  const [before, now] = [own[then], own.slice(from)];
  if (!before || !now.every((block) => block !== undefined)) return undefined;
  return changeBetween(before, now, window);
}

/** A figure is there at all steps of a block, or at none: of other steps it would be the mean of something else. */
function assertStep(figures: MonitoredStep, first: MonitoredStep | undefined): void {
  const op = `${OP}.observe`;
  assertFinite(op, "step", figures.step);
  assertFinite(op, "reward", figures.reward);
  for (const name of FIGURES) {
    const value = figures[name];
    if (value !== undefined) assertFinite(op, name, value);
    if (first === undefined || (value === undefined) === (first[name] === undefined)) continue;
    const got = value === undefined ? "this one without" : "earlier ones without";
    throw refusals(op).argument(name, "it at every step, or at none", got);
  }
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

function told(change: Change | undefined): string {
  if (!change) return "?";
  const direction = change.by < 0 ? "down" : "up";
  return `${direction} by ${Math.abs(change.by).toFixed(2)} ± ${change.error.toFixed(2)}`;
}
