/**
 * Weights for a backend that does not take their dtype: widened on the way, some rows at a time.
 * @module
 */
import { type DType, storedFromBytes, type WeightSource, widenRow } from "./stored.ts";

/**
 * `source` in a dtype that `accepted` holds (all, if it is absent): float32 where it is there, else float64.
 * Only float64 loses anything by that, and only where nothing wider is accepted.
 */
export function widened(source: WeightSource, accepted?: readonly DType[]): WeightSource {
  const { name, file, dtype, shape, normOffset } = source;
  if (!accepted || accepted.includes(dtype)) return source;
  const to = accepted.includes("float32") ? "float32" : "float64";
  const Type = to === "float32" ? Float32Array : Float64Array;
  return {
    name,
    file,
    shape,
    normOffset,
    dtype: to,
    async rows(begin, end, signal) {
      const bytes = await source.rows(begin, end, signal);
      // A vector has one number a row, and all of them are one row to widenRow.
      const [count, columns] = shape.length === 1 ? [1, end - begin] : [end - begin, shape[1]];
      const stored = storedFromBytes(bytes, dtype, [count, columns]);
      const row = new Float64Array(columns);
      const out = new Type(count * columns);
      for (let r = 0; r < count; r++) {
        widenRow(stored, r, row);
        out.set(row, r * columns);
      }
      return new Uint8Array(out.buffer);
    },
  };
}
