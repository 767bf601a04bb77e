/**
 * Whether two parties have the same weights, told by hashes.
 * @module
 */
import type { RowSource } from "../../tensor/stored.ts";
import type { Result, Status } from "../run/result.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import { sha256 } from "../vectors/suite-file.ts";
import type { Sketch } from "./sketch.ts";

/** Dtype, and SHA-256 of the bytes, of each tensor that can be read. */
export async function weightHashes(
  tensors: ReadonlyMap<string, RowSource>,
  signal?: AbortSignal,
): Promise<Sketch["weights"]> {
  const hashes: Record<string, { dtype: string; sha256: string }> = {};
  for (const name of [...tensors.keys()].sort()) {
    const source = tensors.get(name) as RowSource;
    if (source.dtype === undefined) continue;
    const bytes = await source.rows(0, source.shape[0] ?? 1, signal);
    hashes[name] = { dtype: source.dtype, sha256: await sha256(bytes) };
  }
  return hashes;
}

/** Whether `model` has the weights that the sketch was made of. In another dtype they cannot be compared. */
export async function compareWeights(
  { name, tensors }: SuiteModel,
  sketch: Sketch,
  signal?: AbortSignal,
): Promise<Result> {
  const began = performance.now();
  const found = await weightHashes(tensors, signal);
  const done = (status: Status, message?: string): Result => ({
    id: `t4.${sketch.name}.weights`,
    tier: "T4",
    note: "The weights are those that the sketch was made of, by SHA-256.",
    status,
    taps: [],
    ...(message && { message }),
    seconds: (performance.now() - began) / 1000,
  });
  const weights = Object.entries(sketch.weights);
  const missing = weights.find(([weight]) => !found[weight]);
  if (missing) return done("fail", `${name} has no ${missing[0]}`);
  const other = weights.find(([weight, { dtype }]) => found[weight].dtype !== dtype);
  if (other) {
    const [weight, { dtype }] = other;
    const message = `${weight} is ${dtype} in the sketch and ${found[weight].dtype} here, so that bytes cannot be compared`;
    return done("skip", message);
  }
  const wrong = weights.find(([weight, { sha256: hash }]) => found[weight].sha256 !== hash);
  if (!wrong) return done("pass");
  return done("fail", `${wrong[0]} of ${name} is another one than the sketch was made of`);
}
