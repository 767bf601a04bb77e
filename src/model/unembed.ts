/**
 * From the stream to logits: what stands behind the last block (the norm, and the table), done for any rows of any
 * stream. So the logits of a depth are made by the very steps, the very kernels and the very weights that make the model's.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { Tape } from "../backend/record.ts";
import { refusals } from "../errors.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import type { Runnable } from "./feed.ts";
import { runTape } from "./run-tape.ts";
import { sharedSlots } from "./slots.ts";
import type { RecordedTap } from "./taps.ts";

/** A model with the adapter whose logits they are. */
export interface Unembedder<Dev extends Handles> extends Runnable<Dev> {
  /** Its name; undefined for the model alone. */
  readonly adapter: string | undefined;
}

/** Rows of a stream, and where their logits go. */
export interface Unembedding {
  /** The call that errors name. */
  readonly op: string;
  /** [R, D] of any R, row-major. */
  readonly stream: FloatArray;
  readonly signal?: AbortSignal;
  /** Is given logits [rows, V] of rows `begin` …, in order, a piece at a time. */
  take(logits: FloatArray, begin: number): void;
}

/** Most logits that are there at once, 64 MB in float32: of a vocabulary of 256,000 those of 65 rows. */
const ROOM = 2 ** 24;

/** @throws {UnsupportedError} if the page of the model has no such end. */
export async function unembed<Dev extends Handles>(
  model: Unembedder<Dev>,
  tape: Tape,
  { op, stream, signal, take }: Unembedding,
): Promise<void> {
  const { backend, config, weights, embedScale } = model;
  const { hiddenSize: D, vocabSize: V, numHiddenLayers } = config;
  const last: RecordedTap = `blocks.${numHiddenLayers - 1}.hook_resid_post`;
  const end = tape.findLastIndex((step) => "dst" in step && step.dst === last);
  if (end < 0) {
    const got = "another, which the model was loaded with";
    throw refusals(op).unsupported("forward", `a page that writes ${last}`, got);
  }
  const steps = tape.slice(end + 1);
  const R = stream.length / D;
  const most = Math.max(1, Math.min(backend.info.maxRows, R, Math.floor(ROOM / V)));
  const slots = sharedSlots(backend, config, { rows: most, logitRows: most });
  const ids = backend.allocIds(most);
  try {
    for (let begin = 0; begin < R; begin += most) {
      const rows = { from: 0, count: Math.min(most, R - begin) };
      backend.write(slots(last), stream.subarray(begin * D, (begin + rows.count) * D));
      const ops = model.adapters?.ops([{ ...rows, adapter: model.adapter }]) ?? backend.ops;
      const pass = { config, ops, weights, embedScale, slots, ids, rows, spans: [] };
      await runTape(steps, { ...pass, logitRows: [rows] });
      take(await backend.read(slots("logits"), rows, signal), begin);
      signal?.throwIfAborted();
    }
  } finally {
    backend.free("ids", ids);
    slots.free();
  }
}
