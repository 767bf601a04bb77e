/**
 * Outputs that are given under another name, or as part of another: the goldens hold queries, keys and values
 * side by side, and the stream before each block instead of after it.
 * @module
 */
import { parseTap, type TapName } from "../../model/taps.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";

/** `taps`, and those that are the same numbers. */
export function completeTaps(taps: ReadonlyMap<TapName, NdArray>): Map<TapName, NdArray> {
  const all = new Map(taps);
  const put = (name: string, value: NdArray) => {
    if (!all.has(name as TapName)) all.set(name as TapName, value);
  };
  for (const [name, value] of taps) {
    const { layer, tap } = parseTap(name);
    if (tap === "hook_resid_pre" && layer !== undefined) {
      put(layer === 0 ? "hook_embed" : `blocks.${layer - 1}.hook_resid_post`, value);
    }
    if (tap === "attn.hook_qkv") {
      const v = taps.get(`blocks.${layer as number}.attn.hook_v`);
      if (v)
        putQkv(
          put,
          `blocks.${layer}`,
          value,
          v.shape.slice(1).reduce((a, b) => a * b, 1),
        );
    }
  }
  return all;
}

/** Queries, keys and values, as wide as the values say. */
function putQkv(
  put: (name: string, value: NdArray) => void,
  block: string,
  qkv: NdArray,
  narrow: number,
): void {
  const [L, columns] = qkv.shape;
  const wide = columns - 2 * narrow;
  const part = (begin: number, width: number) => {
    const data = new Float64Array(L * width);
    for (let l = 0; l < L; l++) {
      for (let c = 0; c < width; c++) data[l * width + c] = qkv.get(l, begin + c);
    }
    return tensor(data, [L, width]);
  };
  put(`${block}.attn.hook_q`, part(0, wide));
  put(`${block}.attn.hook_k`, part(wide, narrow));
  put(`${block}.attn.hook_v`, part(wide + narrow, narrow));
}
