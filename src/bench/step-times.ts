/**
 * The time of each step of a pass. *Step by step*: each is waited for, which costs a wake-up a step. *Kind by kind*, on a
 * backend that computes when it is read, where a wait takes longer than most steps: all steps of a kind, of all layers
 * one behind the other, again and again, until the wait is nothing beside their work. Their weights come from memory,
 * as in a pass: those of all layers are more than a cache holds.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import { runStep, type Step, type Tape } from "../backend/record.ts";
import type { ForwardArguments } from "../model/forward.ts";
import { bindingsOf, runTape } from "../model/run-tape.ts";
import { longEnough } from "./repeat.ts";

/** What a pass is profiled with. */
export interface ProfiledPass {
  /** Resolves when all that was recorded is done. */
  readonly wait: () => Promise<unknown>;
  /** Adds to the line of a kind. */
  readonly spend: (op: string, calls: number, milliseconds: number) => void;
  /** Adds to the milliseconds in which a pass is recorded. */
  readonly record: (milliseconds: number) => void;
}

/** What a line of the profile is called. */
export function labelOf(step: Step): string {
  if (step.op !== "matmul") return step.op;
  if (step.rows === "logits") return "matmul logits";
  return `matmul ${/(\w+)\.weight$/.exec(step.weight)?.[1]}`;
}

/** A pass whose steps are timed one by one. */
export function stepByStep<Dev extends Handles>(
  tape: Tape,
  { wait, spend }: ProfiledPass,
): (pass: ForwardArguments<Dev>) => Promise<void> {
  let begin = 0;
  const visitor = {
    before: () => {
      begin = performance.now();
    },
    async after({ step }: { readonly step: Step }) {
      await wait();
      spend(labelOf(step), 1, performance.now() - begin);
    },
  };
  return (pass) => runTape(tape, pass, visitor);
}

/** Repetitions at most: for steps that have no rows. */
const MOST = 2 ** 16;

/** Passes that are recorded to see how long that takes; the shortest counts. */
const RECORDED = 3;

/** A pass whose steps are timed kind by kind, after it was recorded as a whole. */
export function kindByKind<Dev extends Handles>(
  tape: Tape,
  { wait, spend, record }: ProfiledPass,
): (pass: ForwardArguments<Dev>) => Promise<void> {
  const kinds = new Map<string, Step[]>();
  for (const step of tape) kinds.set(labelOf(step), [...(kinds.get(labelOf(step)) ?? []), step]);
  return async (pass) => {
    const bindings = bindingsOf(pass);
    const run = (steps: Tape) => {
      for (const step of steps) runStep(step, pass.ops, bindings);
    };
    let recording = Number.POSITIVE_INFINITY;
    for (let i = 0; i < RECORDED; i++) {
      const begin = performance.now();
      run(tape);
      recording = Math.min(recording, performance.now() - begin);
      await wait();
    }
    record(recording);
    for (const [label, steps] of kinds) {
      const work = async (times: number) => {
        const begin = performance.now();
        for (let i = 0; i < times; i++) run(steps);
        await wait();
        return (performance.now() - begin) / 1000;
      };
      const { times, seconds } = await longEnough(work, { most: MOST });
      spend(label, steps.length, (1000 * seconds) / times);
    }
  };
}
