/**
 * The machine that figures belong to, and the memory it has left.
 * @module
 */
import { availableParallelism, cpus, freemem } from "node:os";
import { BackendError } from "../../backend/backend.ts";
import type { Setting } from "../../bench/figures.ts";
import { syntheticBytes } from "../../bench/synthetic.ts";
import { refusals } from "../../errors.ts";
import { formatBytes } from "../../table.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Without the v: `20.19.0`. */
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    node: process.versions.node,
  };
}

/** What is done about memory that is short. */
const HINT = "take fewer --layers, a smaller --dtype, or fewer settings at once";

/** Bytes that are left for all else. */
const RESERVE = 2 ** 30;

/**
 * Bytes that the sweeps may take beside the weights.
 * @throws {UnsupportedError} if there is not even room for the weights.
 */
export function sweepRoom(settings: readonly Setting[]): number {
  const models = new Map(
    settings.map(({ config, dtype, threads, activations }) => {
      const key = JSON.stringify([dtype, threads, activations]);
      return [key, syntheticBytes(config, dtype)] as const;
    }),
  );
  const needed = [...models.values()].reduce((a, b) => a + b, 0);
  const free = freemem();
  if (needed > free) {
    const expected = `${formatBytes(needed)} of free memory for the weights`;
    throw refusals("bench").unsupported(undefined, expected, formatBytes(free), HINT);
  }
  return Math.max(0, free - needed - RESERVE);
}

/** Where a GPU has no room, with what is done about it here; a backend's own hint is about contexts. */
export function withHint(error: unknown): unknown {
  if (!(error instanceof BackendError) || error.kind !== "memory") return error;
  const { op, argument, expected, got, kind, label } = error;
  return new BackendError(
    { op, argument, expected, got, kind, label, hint: HINT },
    { cause: error },
  );
}
