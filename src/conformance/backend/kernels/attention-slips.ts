/**
 * Mistakes of kvWrite and attention, each as a change of a simulation of the same passes.
 * @module
 */
import type { Slip } from "../verdict.ts";
import type { CachedSpan, Pass, Script } from "./attention-script.ts";

/** What a backend may do otherwise. What is left out is right. */
interface Otherwise {
  readonly kernel: "kvWrite" | "attention";
  readonly says: string;
  /** Where row i of a span is written. */
  readonly writesAt?: (span: CachedSpan, i: number) => number;
  /** Which row of `k` and `v` that is. */
  readonly writesRow?: (span: CachedSpan, i: number) => number;
  readonly swaps?: boolean;
  /** The cache and the layer that are written and looked at. */
  readonly cacheOf?: (spans: readonly CachedSpan[], span: CachedSpan) => number;
  readonly writesLayer?: (layer: number) => number;
  readonly looksAtLayer?: (layer: number) => number;
  /** Whether a span that is not the first is written. */
  readonly writesFirstOnly?: boolean;
  /** Which row of `q` row i is computed from. */
  readonly queryRow?: (span: CachedSpan, i: number) => number;
  /** Whether the row at position p sees position s. */
  readonly sees?: (s: number, span: CachedSpan, i: number) => boolean;
  readonly scale?: number;
  readonly headOf?: (n: number, N: number, K: number) => number;
}

const OTHERWISE: readonly Otherwise[] = [
  { kernel: "kvWrite", says: "keys and values are exchanged", swaps: true },
  {
    kernel: "kvWrite",
    says: "span.pos was ignored: rows went to position 0 on",
    writesAt: (_, i) => i,
  },
  {
    kernel: "kvWrite",
    says: "row r was written to position pos + r; it belongs to pos + r − from",
    writesAt: ({ pos, from }, i) => pos + from + i,
  },
  {
    kernel: "kvWrite",
    says: "rows from 0 on were written, whatever `from` says",
    writesRow: (_, i) => i,
  },
  {
    kernel: "kvWrite",
    says: "`into` was taken for the row of k and v; it means nothing here",
    writesRow: ({ from, into = from }, i) => into + i,
  },
  {
    kernel: "kvWrite",
    says: "`into` was taken for the position; it means nothing here",
    writesAt: ({ pos, into }, i) => (into ?? pos) + i,
  },
  { kernel: "kvWrite", says: "only the first span was written", writesFirstOnly: true },
  { kernel: "kvWrite", says: "all caches are one", cacheOf: () => 0 },
  {
    kernel: "kvWrite",
    says: "all spans went into the cache of the first",
    cacheOf: ([first]) => first.kv,
  },
  {
    kernel: "kvWrite",
    says: "all layers share their keys and values",
    writesLayer: () => 0,
    looksAtLayer: () => 0,
  },
  {
    kernel: "attention",
    says: "every row sees the position behind its own",
    sees: (s, { pos }, i) => s <= pos + i + 1,
  },
  {
    kernel: "attention",
    says: "a row does not see its own position",
    sees: (s, { pos }, i) => s < pos + i,
  },
  {
    kernel: "attention",
    says: "a row does not see its own position, unless it is the first",
    sees: (s, { pos }, i) => s < Math.max(1, pos + i),
  },
  {
    kernel: "attention",
    says: "every row sees all rows of its span",
    sees: (s, { pos, count }) => s < pos + count,
  },
  { kernel: "attention", says: "rows see positions that lie behind the span", sees: () => true },
  {
    kernel: "attention",
    says: "span.pos was ignored: row i sees positions 0 to i",
    sees: (s, _, i) => s <= i,
  },
  {
    kernel: "attention",
    says: "the row was taken for the position; row r of a span stands at pos + r − from",
    sees: (s, { from }, i) => s <= from + i,
  },
  {
    kernel: "attention",
    says: "row r sees up to pos + r; it stands at pos + r − from",
    sees: (s, { pos, from }, i) => s <= pos + from + i,
  },
  {
    kernel: "attention",
    says: "only rows of the span itself are seen, nothing before them",
    sees: (s, { pos }, i) => s >= pos && s <= pos + i,
  },
  { kernel: "attention", says: "scores are not scaled", scale: 1 },
  {
    kernel: "attention",
    says: "query head n reads key-value head n mod K",
    headOf: (n, _, K) => n % K,
  },
  { kernel: "attention", says: "every query head reads the first key-value head", headOf: () => 0 },
  {
    kernel: "attention",
    says: "rows of q from 0 on were taken, whatever `from` says",
    queryRow: (_, i) => i,
  },
  {
    kernel: "attention",
    says: "layer 0 is looked at, whatever `layer` says",
    looksAtLayer: () => 0,
  },
];

/** What may have gone wrong. */
export function* attentionSlips(script: Script): Generator<Slip> {
  for (const otherwise of OTHERWISE) {
    const { kernel, says } = otherwise;
    yield { kernel, says, values: () => simulate(script, otherwise) };
  }
  const says = `scores are scaled by 1/√headDim, whatever \`scale\` says`;
  const scale = 1 / Math.sqrt(script.headDim);
  const fixed: Otherwise = { kernel: "attention", says, scale };
  yield { kernel: "attention", says, values: () => simulate(script, fixed) };
}

type Row = ArrayLike<number>;
/** Keys and values by position. */
type Layer = { k: Row; v: Row }[];

function simulate(script: Script, otherwise: Otherwise): Float64Array {
  // Nothing is said of what a new cache holds; zeros are what most have.
  const zeros = new Float64Array(script.kvHeads * script.headDim);
  const empty = (length: number): Layer => Array.from({ length }, () => ({ k: zeros, v: zeros }));
  const caches = script.caches.map((length): [Layer, Layer] => [empty(length), empty(length)]);
  return Float64Array.from(
    script.passes.flatMap((pass) => simulatePass(script, pass, caches, otherwise)),
  );
}

function simulatePass(
  script: Script,
  pass: Pass,
  caches: readonly (readonly [Layer, Layer])[],
  otherwise: Otherwise,
): number[] {
  const { spans, layer, k, v, q } = pass;
  const { writesAt, writesRow, swaps, cacheOf, writesLayer, looksAtLayer } = otherwise;
  const cacheFor = (span: CachedSpan) => caches[cacheOf?.(spans, span) ?? span.kv];
  for (const [number, span] of spans.entries()) {
    if (otherwise.writesFirstOnly && number > 0) break;
    const into = cacheFor(span)[writesLayer?.(layer) ?? layer];
    for (let i = 0; i < span.count; i++) {
      const row = writesRow?.(span, i) ?? span.from + i;
      const at = writesAt?.(span, i) ?? span.pos + i;
      const [key, value] = [k[row], v[row]];
      if (key && value) into[at] = swaps ? { k: value, v: key } : { k: key, v: value };
    }
  }
  if (!q) return [];
  return spans.flatMap((span) => {
    const held = cacheFor(span)[looksAtLayer?.(layer) ?? layer];
    return Array.from({ length: span.count }, (_, i) => {
      const query = q[otherwise.queryRow?.(span, i) ?? span.from + i];
      const sees = (s: number) => otherwise.sees?.(s, span, i) ?? s <= span.pos + i;
      const seen = held.filter((_, s) => sees(s));
      return attend(script, query, seen, otherwise);
    }).flat();
  });
}

/** One row of queries over the positions that it sees → [N·H]. */
function attend(script: Script, q: Row, seen: Layer, otherwise: Otherwise): number[] {
  const { heads: N, kvHeads: K, headDim: H } = script;
  const scale = otherwise.scale ?? script.scale;
  return Array.from({ length: N }, (_, n) => {
    const head = (otherwise.headOf?.(n, N, K) ?? Math.floor((n * K) / N)) * H;
    const scores = seen.map(({ k }) => {
      let score = 0;
      for (let h = 0; h < H; h++) score += q[n * H + h] * k[head + h];
      return score * scale;
    });
    const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (seen.length === 0) return new Array<number>(H).fill(0);
    const weights = scores.map((score) => Math.exp(score - largest));
    const total = weights.reduce((a, b) => a + b, 0);
    return Array.from({ length: H }, (_, h) =>
      seen.reduce((sum, { v }, s) => sum + (weights[s] / total) * v[head + h], 0),
    );
  }).flat();
}
