/** What a planted mistake is, and how one is planted. */
import { type NaiveHandles, naiveBackend } from "../../../docs/examples/naive-backend.ts";
import type { Backend, Handles, Ops, Rows } from "../../../src/backend/backend.ts";

export type Naive = Backend<NaiveHandles>;
export type NaiveOps = Ops<NaiveHandles>;
export type Tensor = NaiveHandles["tensor"];

/** A backend with one thing wrong. */
export interface BackendMistake {
  readonly id: string;
  /** What is done, against which sentence of the interface. */
  readonly sentence: string;
  /** How the first message must begin: the kernel, or the method. */
  readonly kernel: string;
  /** What the first message must say of the situation or the mistake. */
  readonly situation: RegExp;
  /** Of mistakes that hang: how long one waits for them. */
  readonly patience?: number;
  make(): Backend;
}

/** A mistake of the naive backend. */
export function mistake(
  id: string,
  sentence: string,
  kernel: string,
  situation: RegExp,
  change: (right: Naive) => Partial<Naive>,
): BackendMistake {
  return mistakeOf(naiveBackend)(id, sentence, kernel, situation, change);
}

/** Mistakes of another backend that is right. */
export function mistakeOf<Dev extends Handles>(make: () => Backend<Dev>) {
  return (
    id: string,
    sentence: string,
    kernel: string,
    situation: RegExp,
    change: (right: Backend<Dev>) => Partial<Backend<Dev>>,
  ): BackendMistake => {
    const wrong = () => {
      const right = make();
      return { ...right, ...change(right) } as unknown as Backend;
    };
    return { id, sentence, kernel, situation, make: wrong };
  };
}

/** A mistake of one kernel. */
export function kernelMistake<Name extends keyof NaiveOps>(
  id: string,
  sentence: string,
  name: Name,
  situation: RegExp,
  change: (right: NaiveOps[Name]) => NaiveOps[Name],
  blamed: string = name,
): BackendMistake {
  return mistake(id, sentence, blamed, situation, ({ ops }) => ({
    ops: { ...ops, [name]: change(ops[name]) },
  }));
}

/** Rows of a tensor as one array. */
export function rowsOf({ data, columns }: Tensor, { from, count }: Rows): Float32Array {
  return data.slice(from * columns, (from + count) * columns);
}

/** Attention of one row at a time, with one thing about it different. */
export function attentionBy({
  seen = (position) => position + 1,
  first = () => 0,
  headOf = (n, N, K) => Math.floor((n * K) / N),
  scaled = (scale) => scale,
}: {
  /** The number of positions that the row at `position` sees. */
  readonly seen?: (position: number, i: number) => number;
  readonly first?: (pos: number) => number;
  readonly headOf?: (n: number, N: number, K: number) => number;
  readonly scaled?: (scale: number, H: number) => number;
}): NaiveOps["attention"] {
  return (dst, q, layer, spans, scale) => {
    for (const { from, count, into = from, pos, kv } of spans) {
      const { N, K, H } = kv;
      const [keys, values] = [kv.keys[layer], kv.values[layer]];
      for (let i = 0; i < count; i++) {
        const end = seen(pos + i, i);
        for (let n = 0; n < N; n++) {
          const [at, to] = [((from + i) * N + n) * H, ((into + i) * N + n) * H];
          const head = headOf(n, N, K) * H;
          const scores: number[] = [];
          for (let s = first(pos); s < end; s++) {
            let score = 0;
            for (let h = 0; h < H; h++) score += q.data[at + h] * keys[s * K * H + head + h];
            scores.push(score * scaled(scale, H));
          }
          const largest = Math.max(...scores);
          const weights = scores.map((score) => Math.exp(score - largest));
          const total = weights.reduce((a, b) => a + b, 0);
          for (let h = 0; h < H; h++) {
            const sum = weights.reduce(
              (sum, w, j) => sum + w * values[(first(pos) + j) * K * H + head + h],
              0,
            );
            dst.data[to + h] = sum / total;
          }
        }
      }
    }
  };
}
