/** Safetensors files for specs, written from the format's README and from nothing in src/. */

export interface Entry {
  dtype: unknown;
  shape: unknown;
  data_offsets: unknown;
}

/** A file of `header` (JSON text, or a value to be written as JSON) and `data`. */
export function safetensorsFile(header: unknown, data: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

/** `length` bytes that are all different from their neighbours, so that an offset error shows. */
export function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + (i >> 8)) & 0xff);
}

/** Two matrices and a scalar over 44 bytes: "a" BF16 [3, 4], "b" F32 [2, 2], "c" F32 []. */
export const header = (): Record<string, Entry> => ({
  a: { dtype: "BF16", shape: [3, 4], data_offsets: [0, 24] },
  b: { dtype: "F32", shape: [2, 2], data_offsets: [24, 40] },
  c: { dtype: "F32", shape: [], data_offsets: [40, 44] },
});

/** The error a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection, and there was none");
}
