/**
 * Weights of a loaded model, as tensors.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import { EMBEDDING, LM_HEAD } from "../../model/weights/weights.ts";
import { nearest } from "../../option-hints.ts";
import { precisionNamed, zeros } from "../../tensor/precision.ts";
import { storedFromBytes, type WeightSource, widenRow } from "../../tensor/stored.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** Numbers that are read at a time. */
const PORTION = 2 ** 20;

/**
 * A weight by its name in Hugging Face's files: `model.layers.0.self_attn.q_proj.weight` [N·H, D], read from the
 * checkpoint and widened. That of a norm is [D], with the gain 1 + weight, also where the file has the 1 inside.
 * `lm_head.weight` is the table, unless the model has one of its own.
 * @throws {ArgumentError} if there is none of that name.
 */
export async function weightOf<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
  signal?: AbortSignal,
): Promise<NdArray> {
  const source = sourceOf(model, name);
  const { shape, normOffset = 1 } = source;
  const isVector = shape.length === 1;
  const [F, D] = isVector ? [1, shape[0]] : shape;
  const all = Array.from({ length: F }, (_, row) => row);
  const whole = await rowsOf(model, source, all, signal);
  if (!isVector) return whole;
  const gain = zeros([D], precisionNamed(model.backend.info.precision));
  for (let d = 0; d < D; d++) gain.data[d] = whole.data[d] - 1 + normOffset;
  return gain;
}

/** Some rows of a weight: [rows, D]. */
export function weightRows<Dev extends Handles>(
  model: Model<Dev>,
  name: string,
  rows: readonly number[],
  signal?: AbortSignal,
): Promise<NdArray> {
  return rowsOf(model, sourceOf(model, name), rows, signal);
}

function sourceOf<Dev extends Handles>({ sources }: Model<Dev>, name: string): WeightSource {
  const source = sources.get(name) ?? (name === LM_HEAD ? sources.get(EMBEDDING) : undefined);
  if (source) return source;
  const names = [...sources.keys()];
  const near = typeof name === "string" ? nearest(name, names) : undefined;
  const hint = near ? `did you mean "${near}"?` : "model.sources has the names of all";
  const expected = `the name of a weight, such as "${names[1]}"`;
  throw refusals("weight").argument("name", expected, brief(name), hint);
}

async function rowsOf<Dev extends Handles>(
  model: Model<Dev>,
  source: WeightSource,
  rows: readonly number[],
  signal?: AbortSignal,
): Promise<NdArray> {
  const { dtype, shape } = source;
  const isVector = shape.length === 1;
  const D = shape[shape.length - 1];
  const out = zeros([rows.length, D], precisionNamed(model.backend.info.precision));
  const row = new Float64Array(D);
  const most = Math.max(1, Math.floor(PORTION / D));
  for (let begin = 0; begin < rows.length; ) {
    // Rows that follow each other come in one piece.
    let end = begin + 1;
    while (end < rows.length && end - begin < most && rows[end] === rows[end - 1] + 1) end++;
    const [first, last] = isVector ? [0, D] : [rows[begin], rows[end - 1] + 1];
    const bytes = await source.rows(first, last, signal);
    const stored = storedFromBytes(bytes, dtype, [end - begin, D]);
    for (let r = begin; r < end; r++) {
      widenRow(stored, r - begin, row);
      out.data.set(row, r * D);
    }
    begin = end;
  }
  return out;
}
