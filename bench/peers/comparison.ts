/**
 * A comparison of two programs on the same work: rounds in turn, the best of each, a line of text, and, with
 * `--write`, a place in docs/performance.md (report.ts).
 */

import { availableParallelism } from "node:os";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Activations } from "../../src/backend/wasm/wasm.ts";
import { type Comparison, record } from "./report.ts";

/** The options that every comparison has. */
export function comparisonOptions(): {
  threads: number;
  rounds: number;
  layers: number;
  types: string[];
  activations: Activations | undefined;
  write: boolean;
} {
  const { values } = parseArgs({
    options: {
      threads: { type: "string", default: `${Math.min(2, availableParallelism())}` },
      rounds: { type: "string", default: "5" },
      layers: { type: "string", default: "4" },
      types: { type: "string", default: "" },
      activations: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const { threads, rounds, layers, types, activations, write } = values;
  return {
    threads: Number(threads),
    rounds: Number(rounds),
    layers: Number(layers),
    types: types === "" ? [] : types.toUpperCase().split(","),
    activations: activations as Activations | undefined, // the backend refuses others
    write,
  };
}

/** Rates of several rounds by what was measured; the first round warms up, unless it is the only one. */
export class Rates {
  readonly #rates = new Map<string, number[]>();

  add(what: string, rate: number): void {
    this.#rates.set(what, [...(this.#rates.get(what) ?? []), rate]);
  }

  /** The best. */
  best(what: string): number {
    return Math.max(...(this.#rates.get(what) ?? []));
  }
}

/** Before each measurement: threads of the other go on waiting for work in a loop for a while, and take cores. */
export function pause(): Promise<void> {
  return setTimeout(300);
}

/** Says who was how fast, and keeps it where that is wanted. */
export function conclude(comparisons: readonly Comparison[], write: boolean): void {
  for (const { what, peer, ours, theirs, unit } of comparisons) {
    const ratio = (ours / theirs).toFixed(2);
    const rates = `ours ${ours.toFixed(2)}, ${peer} ${theirs.toFixed(2)} ${unit}`;
    console.log(`${what.padEnd(44)} ${rates}: ${ratio} ×`);
  }
  if (write) record(comparisons);
}
