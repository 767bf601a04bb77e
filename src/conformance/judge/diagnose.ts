/**
 * From what a testee gave to the name of its bug.
 *
 * First every known bug by itself: does it explain all that was seen (explain.ts)? If not, step by step from the
 * testee's own numbers (isolate.ts): several bugs may explain a step each. What no known bug explains stays
 * without a name.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { Materials } from "../engine/run-vector.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { MUTANTS } from "../mutants/mutants.ts";
import type { Diagnosis, Named } from "./diagnosis.ts";
import { CLEARLY, type Explanation, explain } from "./explain.ts";
import { differs, isolate, type Step } from "./isolate.ts";
import { factor, firstFailing } from "./judge.ts";
import { hasFailed, type Observation } from "./observation.ts";

/** Diagnoses a testee that failed; undefined if it did not. */
export function diagnose(
  observations: readonly Observation[],
  materials: Materials,
  accuracy: Accuracy,
  mutants: readonly Mutant[] = MUTANTS,
): Diagnosis | undefined {
  const failed = observations.filter(hasFailed);
  if (failed.length === 0) return undefined;
  // Those that failed first, the smallest first: most bugs are ruled out by one of them.
  const ordered = [
    ...[...failed].sort((a, b) => sizeOf(a) - sizeOf(b)),
    ...observations.filter((one) => !hasFailed(one)),
  ];
  const wrong = failed.flatMap((one) => isolate(one, materials).filter(isWrong));
  const isolated = wrong.map(({ id, tap, over }) => ({ id, tap, over }));
  const single = singleBugs(ordered, failed, materials, accuracy, mutants);
  const found = {
    ...firstOf(failed),
    isolated,
    ...(single.named.length > 0
      ? { named: single.named, complete: true }
      : bugsByStep(failed, materials, mutants)),
  };
  const nearest = found.named.length === 0 ? single.nearest : undefined;
  const diagnosis = { ...found, ...(nearest && { nearest }) };
  return { ...diagnosis, text: inWords(diagnosis) };
}

function firstOf([{ vector, taps }]: readonly Observation[]): Pick<Diagnosis, "first"> {
  return { first: { id: vector.id, tap: firstFailing(taps)?.tap ?? "" } };
}

function sizeOf({ outputs }: Observation): number {
  return [...outputs.values()].reduce((sum, { data }) => sum + data.length, 0);
}

/** Bugs each of which explains everything, the best first, as one entry: no vector tells them apart. */
function singleBugs(
  observations: readonly Observation[],
  failed: readonly Observation[],
  materials: Materials,
  accuracy: Accuracy,
  mutants: readonly Mutant[],
): { named: Named[]; nearest?: { id: string; over: number } } {
  const tried = mutants.map((mutant): [Mutant, Explanation] => [
    mutant,
    explain(observations, mutant, materials, accuracy),
  ]);
  const holding = tried.filter(([, { holds }]) => holds).sort(([, a], [, b]) => a.gain - b.gain);
  if (holding.length > 0) {
    const [[{ mistake, fix }, { over }]] = holding;
    const taps = failed.map(({ vector, taps }) => `${vector.id}/${firstFailing(taps)?.tap}`);
    return { named: [{ ids: holding.map(([{ id }]) => id), mistake, fix, over, taps }] };
  }
  const [[nearest, { over }]] = [...tried].sort(([, a], [, b]) => a.over - b.over);
  return { named: [], ...(Number.isFinite(over) && { nearest: { id: nearest.id, over } }) };
}

/**
 * Bugs that each explain some of the steps that are wrong by themselves. A bug has to explain every step that it
 * changes: one that fits here and not there is not the one.
 */
function bugsByStep(
  failed: readonly Observation[],
  materials: Materials,
  mutants: readonly Mutant[],
): Pick<Diagnosis, "named" | "complete"> {
  const key = ({ id, tap }: Step) => `${id}/${tap}`;
  const steps = failed.flatMap((one) => isolate(one, materials));
  const right = new Map(steps.map((step) => [key(step), step]));
  let open = new Set(steps.filter(isWrong).map(key));
  const candidates = mutants.map((mutant) => {
    const changed = failed
      .flatMap((one) => isolate(one, materials, mutant.parts))
      .filter((step) => differs(step, right.get(key(step)) as Step));
    const isClear = changed.some(
      (step) => step.over * CLEARLY <= (right.get(key(step)) as Step).over,
    );
    return { mutant, explained: isClear && !changed.some(isWrong) ? changed : [] };
  });
  const named: Named[] = [];
  while (open.size > 0) {
    const scored = candidates.map(({ mutant, explained }) => {
      return { mutant, steps: explained.filter((step) => open.has(key(step))) };
    });
    const best = scored.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
    if (best.steps.length === 0) break;
    const { id, mistake, fix } = best.mutant;
    const over = Math.max(...best.steps.map((step) => step.over));
    named.push({ ids: [id], mistake, fix, over, taps: best.steps.map(key) });
    const done = new Set(best.steps.map(key));
    open = new Set([...open].filter((step) => !done.has(step)));
  }
  return { named, complete: named.length > 0 && open.size === 0 };
}

function isWrong({ over }: Step): boolean {
  return !(over <= 1);
}

function inWords({ first, isolated, named, complete, nearest }: Omit<Diagnosis, "text">): string {
  const said: string[] = [];
  if (named.length === 1) {
    const [{ ids, mistake, fix }] = named;
    said.push(complete ? `This is ${ids[0]}.` : `A part of it is ${ids[0]}.`, mistake, fix);
    if (ids.length > 1) {
      const others = ids.slice(1).join(", ");
      said.push(`What was run does not tell it from ${others}; more outputs would.`);
    }
  } else if (named.length > 1) {
    const list = named.map(({ ids }) => ids[0]).join(" and ");
    said.push(complete ? `These are several bugs: ${list}.` : `A part of it are ${list}.`);
    for (const { ids, mistake, fix } of named) said.push(`${ids[0]}: ${mistake} ${fix}`);
  } else {
    said.push("None of the known bugs explains this.");
    if (nearest) {
      said.push(
        `The nearest is ${nearest.id}, and it is at least ${factor(nearest.over)} too far away.`,
      );
    }
  }
  if (first) said.push(`The first output that is off is ${first.tap} of ${first.id}.`);
  const explained = new Set(named.flatMap(({ taps }) => taps));
  const rest = isolated.filter(({ id, tap }) => !explained.has(`${id}/${tap}`));
  if (!complete && rest.length > 0) {
    const places = rest.slice(0, 3).map(({ id, tap }) => `${tap} of ${id}`);
    said.push(`Wrong by itself, from inputs that are right: ${places.join(", ")}.`);
  }
  return said.join(" ");
}
