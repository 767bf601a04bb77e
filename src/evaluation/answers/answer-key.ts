/**
 * What an answer depends on, as a key: an answer of another model, precision or request is never taken for it.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import { RunningSha256, sha256Hex } from "../../source/sha256.ts";
import type { WeightSource } from "../../tensor/stored.ts";

/** Rows of each weight that are looked at: of 5 GB so many bytes are read in a second, and no fine-tuning leaves them all. */
const ROWS = 5;

/** The key of one request: `what` is plain JSON with its kind, token ids and settings. */
export function answerKey(model: string, what: unknown): string {
  return sha256Hex(`${model}\n${JSON.stringify(what)}`);
}

/**
 * Which model it is, and how it computes: SHA-256 over its dimensions, backend and precision, and over name, dtype, shape and
 * five rows of every weight as it is stored.
 */
export async function modelFingerprint<Dev extends Handles>(
  model: Model<Dev>,
  signal?: AbortSignal,
): Promise<string> {
  const { name, precision, accuracy } = model.backend.info;
  const hash = new RunningSha256();
  const add = (what: unknown) => hash.update(`${JSON.stringify(what)}\n`);
  add([model.config, name, precision, accuracy, model.embedScale, model.paddingIds]);
  for (const [own, source] of [...model.sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    add([own, source.dtype, source.shape, source.normOffset]);
    for (const row of someRows(source)) hash.update(await source.rows(row, row + 1, signal));
  }
  return hash.digest();
}

function someRows({ shape: [count = 1] }: WeightSource): Set<number> {
  const places = Array.from({ length: ROWS }, (_, i) => Math.floor(((count - 1) * i) / (ROWS - 1)));
  return new Set(places);
}
