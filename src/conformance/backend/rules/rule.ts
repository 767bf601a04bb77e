/**
 * A sentence of the interface as a check.
 * @module
 */
import type { KernelName } from "../../../backend/backend.ts";
import type { Check } from "../check.ts";
import { type Lab, type LabTensor, rowsOf } from "../lab.ts";

/**
 * @param id `t0.read.copies`: what is between the points begins every message, unless `where` is given.
 * @param note the sentence.
 */
export function rule(
  id: string,
  note: string,
  run: (lab: Lab) => Promise<void>,
  { where = id.split(".")[1], kernel }: { where?: string; kernel?: KernelName } = {},
): Check {
  return {
    id,
    tier: "T0",
    note,
    ...(kernel && { kernel }),
    async run(lab) {
      lab.where = where;
      await run(lab);
    },
  };
}

/** A column of whole numbers, which every dtype holds exactly. */
export function column(lab: Lab, ...numbers: readonly number[]): LabTensor {
  return lab.put(Float32Array.from(numbers), 1);
}

/** Fails unless `got` holds these very numbers. */
export function expectNumbers(
  lab: Lab,
  got: ArrayLike<number>,
  expected: readonly number[],
  otherwise: string,
): void {
  const same = got.length === expected.length && expected.every((x, i) => Object.is(x, got[i]));
  if (same) return;
  lab.fail(`${otherwise}: got ${Array.from(got).join(", ")}, expected ${expected.join(", ")}`);
}

/** Fails if the error of `promise` is not as it should be, or if there is none. */
export async function expectError(
  lab: Lab,
  what: string,
  promise: Promise<unknown>,
  isRight: (error: unknown) => boolean,
  expected: string,
): Promise<void> {
  const outcome = await lab.settled(
    what,
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  );
  if (!("error" in outcome)) lab.fail(`${what} resolved; expected ${expected}`);
  if (!isRight(outcome.error))
    lab.fail(`${what} rejected with ${named(outcome.error)}; expected ${expected}`);
}

/** An error by its class, or whatever was thrown. */
export function named(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The backend works as before. */
export async function expectUsable(lab: Lab, after: string): Promise<void> {
  const x = column(lab, 4, 5);
  expectNumbers(
    lab,
    await lab.read(x, rowsOf(0, 2)),
    [4, 5],
    `after ${after} the backend is not usable`,
  );
}
