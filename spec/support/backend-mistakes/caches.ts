/** Mistakes of caches that grow, or are copied. */
import { type BackendMistake, mistake, type Naive } from "./mistake.ts";

type CopyKV = NonNullable<Naive["copyKV"]>;
type KV = Parameters<CopyKV>[0];
const PARTS = ["keys", "values"] as const;

/** A copy of positions, right by itself. */
function copy(dst: KV, src: KV, count: number, parts: readonly (typeof PARTS)[number][] = PARTS) {
  for (const part of parts) {
    for (const [layer, from] of src[part].entries()) {
      dst[part][layer].set(from.subarray(0, count * src.K * src.H));
    }
  }
}

/** A mistake of `copyKV`. */
function copying(id: string, sentence: string, situation: RegExp, copyKV: CopyKV): BackendMistake {
  return mistake(id, sentence, "", situation, () => ({ copyKV }));
}

export const CACHES: readonly BackendMistake[] = [
  mistake(
    "reserve-forgets",
    "reserve makes a new cache.",
    "reserve",
    /behind one that was there/,
    () => ({
      reserve(kv, { positions }) {
        for (const some of [kv.keys, kv.values]) {
          for (const layer of some.keys()) some[layer] = new Float32Array(positions * kv.K * kv.H);
        }
      },
    }),
  ),
  copying("copy-one-layer", "copyKV copies one layer.", /^copyKV: dst, layer 1/, (dst, src, n) => {
    for (const part of PARTS) dst[part][0].set(src[part][0].subarray(0, n * src.K * src.H));
  }),
  copying(
    "copy-shares",
    "copyKV shares the memory.",
    /^copyKV: the source written over after/,
    (dst, src) => {
      for (const part of PARTS) for (const l of src[part].keys()) dst[part][l] = src[part][l];
    },
  ),
  copying(
    "copy-one-short",
    "copyKV copies a position too few.",
    /^copyKV: dst, layer 0/,
    (dst, src, n) => copy(dst, src, Math.max(0, n - 1)),
  ),
  copying("copy-back", "copyKV copies from dst to src.", /^copyKV: src, layer 0/, (dst, src, n) =>
    copy(src, dst, n),
  ),
  copying(
    "copy-values",
    "copyKV leaves the keys out.",
    /^model mqa, a cache that was copied/,
    (dst, src, n) => copy(dst, src, n, ["values"]),
  ),
  mistake(
    "copy-late",
    "copyKV copies when it is read.",
    "copyKV",
    /^copyKV: dst, layer 0/,
    ({ read }) => {
      let late: (() => void)[] = [];
      return {
        copyKV: (dst, src, n) => late.push(() => copy(dst, src, n)),
        async read(...args) {
          for (const one of late) one();
          late = [];
          return read(...args);
        },
      };
    },
  ),
];
