/**
 * A conformance run: every vector through a testee, each held against the truth, and the whole diagnosed.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { UnsupportedError } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { assertOptions, assertSignal, type OptionNames } from "../../options.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { accuracyNamed } from "../accuracy.ts";
import { inputsOf, type Materials } from "../engine/run-vector.ts";
import { readWeights } from "../engine/weights.ts";
import { diagnose } from "../judge/diagnose.ts";
import { firstFailing, judge, tapSentence } from "../judge/judge.ts";
import type { Observation } from "../judge/observation.ts";
import { expectedOf, type Suite, type SuiteModel } from "../vectors/suite.ts";
import type { ForwardVector, OpVector, Vector } from "../vectors/vector.ts";
import { environment } from "./environment.ts";
import { runInvariants } from "./invariants.ts";
import { breaksRun, type Report, type Result, type Status, TIERS, type Tier } from "./result.ts";
import type { Testee, TesteeInfo } from "./testee.ts";

/** What is run, and how it is judged. */
export interface RunOptions {
  /** Default: all. */
  readonly tiers?: readonly Tier[];
  /** The class in which results are judged. Default: what the testee says of itself, or float32. */
  readonly accuracy?: Accuracy;
  /** Vectors to run; default all. `t1.mqa.*` stands for all that begin so. */
  readonly only?: string;
  /** Stops the run, which rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

export const RUN_NAMES: OptionNames<RunOptions> = {
  tiers: true,
  accuracy: true,
  only: true,
  signal: true,
  onResult: "function",
};

/** Runs `suite` on `testee`. A testee that answers badly gives results of status `error`; nothing is thrown for it. */
export async function runSuite(
  testee: Testee,
  suite: Suite,
  options: RunOptions = {},
): Promise<Report> {
  assertOptions("runSuite", options, RUN_NAMES);
  const { tiers = TIERS, only, signal, onResult } = options;
  assertSignal("runSuite", signal);
  const accuracy = accuracyNamed("runSuite", options.accuracy ?? testee.info.accuracy ?? "float32");
  const isWanted = (id: string) => matches(id, only);
  const vectors = suite.vectors.filter(({ id, tier }) => tiers.includes(tier) && isWanted(id));
  const session: Session = { testee: testee.info, suite, accuracy, tiers, signal, onResult };
  return report(session, vectors, asking(testee, suite), async (say) => {
    if (!tiers.includes("T2")) return;
    for await (const result of runInvariants(testee, suite, accuracy, isWanted)) {
      signal?.throwIfAborted();
      say(result);
    }
  });
}

/** What a report says of a run, and whom it tells. */
export interface Session extends Pick<RunOptions, "signal" | "onResult"> {
  readonly testee: TesteeInfo;
  readonly suite: Suite;
  readonly accuracy: Accuracy;
  readonly tiers: readonly Tier[];
}

/** Gives the outputs of a vector. */
export type Answer = (vector: Vector) => Promise<ReadonlyMap<string, NdArray>>;

/**
 * Judges the answers to `vectors`, and diagnoses what failed.
 * @param more adds results of another kind.
 */
export async function report(
  session: Session,
  vectors: readonly Vector[],
  answer: Answer,
  more: (say: (result: Result) => void) => Promise<void> = async () => {},
): Promise<Report> {
  const { testee, suite, accuracy, tiers, signal, onResult } = session;
  const began = performance.now();
  const results: Result[] = [];
  const observations: Observation[] = [];
  const say = (result: Result) => {
    results.push(result);
    onResult?.(result);
  };
  for (const vector of vectors) {
    signal?.throwIfAborted();
    const { result, observation } = await judgeAnswer(vector, answer, suite, accuracy);
    if (observation) observations.push(observation);
    say(result);
  }
  await more(say);
  const diagnosis = observations.some(({ taps }) => firstFailing(taps))
    ? diagnose(observations, await materialsOf(suite), accuracy)
    : undefined;
  return {
    suite: { version: suite.version, digest: suite.digest },
    testee,
    accuracy,
    tiers,
    results,
    ...(diagnosis && { diagnosis }),
    environment: environment(),
    seconds: (performance.now() - began) / 1000,
    passed: results.every((result) => !breaksRun(result)),
  };
}

/** The suite's models and inputs, as the engine takes them. */
export async function materialsOf(suite: Suite): Promise<Materials> {
  const models = new Map();
  for (const [name, { config, tensors }] of suite.models) {
    models.set(name, await readWeights(config, tensors, name));
  }
  return { models, inputs: suite.inputs };
}

/** Whether an id is `pattern`, or begins as it does where it ends with a star. */
export function matches(id: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : id === pattern;
}

async function judgeAnswer(
  vector: Vector,
  answer: Answer,
  suite: Suite,
  accuracy: Accuracy,
): Promise<{ result: Result; observation?: Observation }> {
  const began = performance.now();
  const { id, tier, note } = vector;
  const beyond = vector.kind === "forward" && vector.beyondGemma1 ? { beyondGemma1: true } : {};
  const done = (status: Status, rest: Partial<Result> = {}): Result => {
    const seconds = (performance.now() - began) / 1000;
    return { id, tier, status, note, taps: [], ...beyond, ...rest, seconds };
  };
  let outputs: ReadonlyMap<string, NdArray>;
  try {
    outputs = await answer(vector);
  } catch (error) {
    const status = error instanceof UnsupportedError ? "unsupported" : "error";
    return { result: done(status, { message: messageOf(error) }) };
  }
  const budgets = vector.budgets[accuracy] ?? {};
  const judged = judge(outputs, expectedOf(suite, vector), budgets);
  const { taps } = judged;
  if (taps.length === 0) {
    return {
      result: done("error", { message: `gave none of ${vector.taps.slice(-4).join(", ")}` }),
    };
  }
  const bad = firstFailing(taps);
  const rest = { taps, ...(bad && { message: tapSentence(bad) }) };
  // Every testee gives these. Of other outputs a wrong shape may be the bug itself.
  if (taps.some(({ tap, misshapen }) => misshapen && /^(logits|out)$/.test(tap))) {
    return { result: done("error", rest) };
  }
  const observation = { vector, budgets, outputs: judged.outputs, taps };
  return { result: done(bad ? "fail" : "pass", rest), observation };
}

/** Asks a testee. A model is loaded when the next vector needs it. */
function asking(testee: Testee, suite: Suite): Answer {
  let loaded: string | undefined;
  const forward = async ({ model, feeds, taps }: ForwardVector) => {
    if (loaded === model) await testee.reset();
    else await testee.load(suite.models.get(model) as SuiteModel);
    loaded = model;
    let outputs: ReadonlyMap<string, NdArray> = new Map();
    for (const [i, feed] of feeds.entries()) {
      const wanted = i === feeds.length - 1 ? taps : ["logits"];
      outputs = await testee.forward(feed, wanted as readonly TapName[]);
    }
    return outputs;
  };
  const op = async (vector: OpVector) => {
    if (!testee.op) throw unsupported("operators by themselves");
    const { op, attrs } = vector;
    return testee.op({ op, attrs, inputs: inputsOf(vector, suite.inputs) });
  };
  return async (vector) => {
    try {
      return await (vector.kind === "op" ? op(vector) : forward(vector));
    } catch (error) {
      // A process may have been started anew, with no model.
      if (!(error instanceof UnsupportedError)) loaded = undefined;
      throw error;
    }
  };
}

export function unsupported(what: string): UnsupportedError {
  return new UnsupportedError({ op: "testee", expected: what, got: "a testee without them" });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
