/**
 * The kernels of a model with low-rank factors beside some of its weights. The two pages, model/forward.ts and model/backward/backward.ts,
 * stay as they are: a matmul whose weight has factors computes with them as well.
 *
 *     y = x Wᵀ + u Bᵀ,  u = s · x Aᵀ                   [R, D] → [R, r] → [R, F]
 *     dx = dy W + v A,  v = s · dy B                   [R, F] → [R, r] → [R, D]
 *     dB += dyᵀ u,   dA += vᵀ x;   W is frozen and has no gradient
 *
 * dW [F, D] is never formed: dA and dB cost r (F + D) where it would cost F · D a row. u and v are computed again
 * where they are needed twice. All of it are calls of the backend's own matmuls; a number of the scale's is one too,
 * by the matrix s · I [r, r].
 * @module
 */
import type { Handles, Ops, Rows } from "../../backend/backend.ts";
import type { BackwardOps, TrainingBackend } from "../../backend/backward.ts";

/** The factors of a weight, as handles of a backend. */
export interface FactorHandles<Dev extends Handles> {
  /** [r, D] */
  readonly a: Dev["weight"];
  /** [F, r] */
  readonly b: Dev["weight"];
  /** s · I, [r, r] */
  readonly scale: Dev["weight"];
  /** [r, D], what the gradient of A is added to. */
  readonly dA: Dev["tensor"];
  /** [F, r], what the gradient of B is added to. It stands for the gradient of the weight on the backward page. */
  readonly dB: Dev["tensor"];
  /** r, D and F. */
  readonly sizes: readonly [r: number, inputs: number, outputs: number];
}

/**
 * `backend` with other matmuls for the weights that have `factors`.
 * @param factors by the handle of the weight.
 */
export function withFactors<Dev extends Handles>(
  backend: TrainingBackend<Dev>,
  factors: ReadonlyMap<Dev["weight"], FactorHandles<Dev>>,
): TrainingBackend<Dev> {
  const scratch = scratchOf(backend);
  const ops = forwardOps(backend.ops, factors, scratch);
  return { ...backend, ops, backward: backwardOps(backend, factors, scratch) };
}

function forwardOps<Dev extends Handles>(
  base: Ops<Dev>,
  factors: ReadonlyMap<Dev["weight"], FactorHandles<Dev>>,
  scratch: Scratch<Dev>,
): Ops<Dev> {
  return {
    ...base,
    // #region matmul
    matmul(dst, x, weight, rows) {
      base.matmul(dst, x, weight, rows);
      const own = factors.get(weight);
      if (!own) return;
      const [, , F] = own.sizes;
      const there = { from: rows.into ?? rows.from, count: rows.count };
      const u = inner(base, own, x, rows, scratch); // [R, r]
      const change = scratch("change", there, F); // [R, F]
      base.matmul(change, u, own.b, there);
      base.add(dst, dst, change, there);
    },
    // #endregion
  };
}

function backwardOps<Dev extends Handles>(
  { ops, backward: base }: TrainingBackend<Dev>,
  factors: ReadonlyMap<Dev["weight"], FactorHandles<Dev>>,
  scratch: Scratch<Dev>,
): BackwardOps<Dev> {
  const byGradient = new Map([...factors.values()].map((own) => [own.dB, own]));
  /** v = s · dy B, [R, r] */
  const outer = (own: FactorHandles<Dev>, dy: Dev["tensor"], rows: Rows) => {
    const [r] = own.sizes;
    const plain = scratch("dy B", rows, r);
    const scaled = scratch("s dy B", rows, r);
    base.matmulInput(plain, dy, own.b, rows);
    ops.matmul(scaled, plain, own.scale, rows);
    return scaled;
  };
  return {
    ...base,
    matmulInput(dx, dy, weight, rows, add) {
      base.matmulInput(dx, dy, weight, rows, add);
      const own = factors.get(weight);
      if (own) base.matmulInput(dx, outer(own, dy, rows), own.a, rows, true);
    },
    matmulWeight(dWeight, dy, x, spans) {
      const own = byGradient.get(dWeight);
      if (!own) {
        base.matmulWeight(dWeight, dy, x, spans);
        return;
      }
      for (const span of spans) {
        const rows = { from: span.from, count: span.count };
        base.matmulWeight(own.dB, dy, inner(ops, own, x, rows, scratch), [span]);
        base.matmulWeight(own.dA, outer(own, dy, rows), x, [span]);
      }
    },
  };
}

/** u = s · x Aᵀ, [R, r], in the rows of the destination. */
function inner<Dev extends Handles>(
  ops: Ops<Dev>,
  { a, scale, sizes: [r] }: FactorHandles<Dev>,
  x: Dev["tensor"],
  rows: Rows,
  scratch: Scratch<Dev>,
): Dev["tensor"] {
  const there = { from: rows.into ?? rows.from, count: rows.count };
  const plain = scratch("x Aᵀ", there, r);
  const scaled = scratch("s x Aᵀ", there, r);
  ops.matmul(plain, x, a, rows);
  ops.matmul(scaled, plain, scale, there);
  return scaled;
}

/** A tensor with these rows, the same for each name and width. */
type Scratch<Dev extends Handles> = (name: string, rows: Rows, columns: number) => Dev["tensor"];

function scratchOf<Dev extends Handles>(backend: TrainingBackend<Dev>): Scratch<Dev> {
  const held = new Map<string, { readonly rows: number; readonly tensor: Dev["tensor"] }>();
  return (name, { from, count }, columns) => {
    const label = `${name}, ${columns}`;
    const old = held.get(label);
    if (old && old.rows >= from + count) return old.tensor;
    if (old) backend.free("tensor", old.tensor);
    const rows = Math.ceil((from + count) / 32) * 32; // so that not every sequence makes its own
    const tensor = backend.alloc(label, rows, columns);
    held.set(label, { rows, tensor });
    return tensor;
  };
}
