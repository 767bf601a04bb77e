/**
 * What to say when logits are not numbers. Weights are not searched for NaN when they are loaded: that
 * would read 17 GB for a fault that hardly any file has. But a NaN in any weight reaches every logit
 * (in the embedding, the logit of its own row), so it shows with the first token, and is looked for then.
 * @module
 */
import { FormatError, type GemmaError, UnsupportedError } from "../errors.ts";
import { storedFromBytes, type WeightSource, widenRow } from "../tensor/stored.ts";
import type { FloatArray } from "../tensor/tensor.ts";

/** Bytes of a weight that are looked at together. */
const PORTION = 2 ** 24;

export function hasNaN(values: FloatArray): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/**
 * Why logits are NaN: the first weight that is no finite number; or, if all are, the arithmetic.
 * @param file the checkpoint's name.
 * @param precision that of the backend.
 * @throws the signal's reason.
 */
export async function explainNaN(
  sources: ReadonlyMap<string, WeightSource>,
  file: string,
  precision: string,
  signal?: AbortSignal,
): Promise<GemmaError> {
  for (const [name, source] of sources) {
    const found = await firstNonFinite(source, signal);
    if (!found) continue;
    return new FormatError({
      op: "forward",
      file,
      argument: name,
      expected: "finite numbers",
      got: `${found.value} at [${found.index.join(", ")}]`,
      hint: "the file is damaged; download it again and compare its SHA-256",
    });
  }
  return new UnsupportedError({
    op: "forward",
    file,
    argument: "logits",
    expected: "numbers, as all weights are finite",
    got: `NaN, in ${precision}`,
    hint:
      precision === "float64"
        ? "the weights are too large to compute with, or the backend is wrong"
        : "something grew too large for it: try precision float64",
  });
}

async function firstNonFinite(
  { dtype, shape, rows }: WeightSource,
  signal?: AbortSignal,
): Promise<{ value: number; index: number[] } | undefined> {
  const columns = shape[shape.length - 1] ?? 1;
  const isVector = shape.length < 2;
  const [count] = isVector ? [1] : shape;
  const step = Math.max(1, Math.floor(PORTION / (8 * columns)));
  const row = new Float64Array(columns);
  for (let begin = 0; begin < count; begin += step) {
    const end = Math.min(count, begin + step);
    const bytes = await rows(isVector ? 0 : begin, isVector ? columns : end, signal);
    const stored = storedFromBytes(bytes, dtype, [end - begin, columns]);
    for (let r = 0; r < end - begin; r++) {
      widenRow(stored, r, row);
      const c = row.findIndex((x) => !Number.isFinite(x));
      if (c >= 0) return { value: row[c], index: isVector ? [c] : [begin + r, c] };
    }
  }
  return undefined;
}
