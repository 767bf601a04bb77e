/**
 * Calls of kernels held back until it is clear whether one dispatch can do them together (together.ts):
 *
 *     matmul, matmul[, matmul]     of one row of the same x: q, k and v
 *     matmul, matmul, geglu        of one row of the same x, and of the two results: gate and up
 *     rope, rope, kvWrite          of q and k where they lie
 *     add, rmsNorm                 x ← x + y, then its norm
 *
 * A token of the 2B takes 167 dispatches so, not 293. Whatever else is asked for first lets go what is held, so nobody can
 * see a difference: all tensors are written, by the same formulas.
 * @module
 */
import type { Ops, Rows } from "../../backend.ts";
import type { GpuTensor, WebgpuHandles } from "../handles.ts";
import { mostMatrices } from "../kernels/matmul-few-rows.ts";
import type { Recorder } from "./record.ts";
import type { Product, Together } from "./together.ts";

type Call<Name extends keyof Ops<WebgpuHandles>> = Parameters<Ops<WebgpuHandles>[Name]>;

type Held =
  | { readonly op: "matmul"; readonly products: Product[] }
  | { readonly op: "rope"; readonly calls: Call<"rope">[] }
  | { readonly op: "add"; readonly call: Call<"add"> };

/** Operations that hold calls back, and what lets them go. */
export interface FusedOps {
  readonly ops: Ops<WebgpuHandles>;
  letGo(): void;
}

/**
 * @param plain records each call by itself.
 * @param recorder where tensors are larger than a binding, they are bound in windows, and their calls are not held.
 */
export function fusedOps(
  plain: Ops<WebgpuHandles>,
  together: Together,
  { memory, angles }: Pick<Recorder, "memory" | "angles">,
): FusedOps {
  let held: Held | undefined;

  function letGo(): void {
    const calls = held;
    held = undefined; // first: recording may let go, too
    if (calls?.op === "matmul") recordProducts(calls.products);
    else if (calls?.op === "rope") for (const call of calls.calls) plain.rope(...call);
    else if (calls) plain.add(...calls.call);
  }

  function recordProducts(products: readonly Product[]): void {
    if (products.length > 1) together.products(products);
    else for (const { dst, x, matrix, rows } of products) plain.matmul(dst, x, matrix, rows);
  }

  const areWhole = (...tensors: readonly GpuTensor[]) =>
    tensors.every((tensor) => tensor.memory.bytes <= memory.mostBound);

  /** A call that nothing is held for. */
  const alone =
    <Args extends readonly unknown[]>(record: (...args: Args) => void) =>
    (...args: Args) => {
      letGo();
      record(...args);
    };

  const ops: Ops<WebgpuHandles> = {
    embed: alone(plain.embed),
    attention: alone(plain.attention),

    matmul(dst, x, weight, rows) {
      const canBeHeld =
        weight.kind === "matrix" &&
        weight.chunks.length === 1 &&
        rows.count === 1 &&
        areWhole(dst, x);
      if (!canBeHeld) {
        letGo();
        plain.matmul(dst, x, weight, rows);
        return;
      }
      const product = { dst, x, matrix: weight, rows };
      if (held?.op !== "matmul" || !goTogether(held.products, product)) {
        letGo();
        held = { op: "matmul", products: [] };
      }
      held.products.push(product);
    },

    geglu(dst, gate, up, rows) {
      const products = held?.op === "matmul" ? held.products : [];
      const [ofGate, ofUp] = products;
      const areTheirs = products.length === 2 && ofGate.dst === gate && ofUp.dst === up;
      if (!areTheirs || !goesBehind(products, dst, rows) || !areWhole(dst)) {
        letGo();
        plain.geglu(dst, gate, up, rows);
        return;
      }
      held = undefined;
      together.gated(dst, ofGate, ofUp);
    },

    rope(...call) {
      const [dst, x, spans, , headDim, theta] = call;
      const isInPlace = dst === x && spans.every(({ from, into = from }) => into === from);
      const areTablesWhole = () =>
        spans.every(({ pos, count }) => areWhole(angles.table(pos + count, headDim, theta)));
      const canBeHeld = isInPlace && areWhole(dst) && areTablesWhole();
      const first = held?.op === "rope" ? held.calls[0] : undefined;
      const isSecond =
        held?.op === "rope" &&
        held.calls.length === 1 &&
        first?.[0] !== dst &&
        first?.[2] === spans &&
        first[4] === headDim &&
        first[5] === theta;
      if (!canBeHeld) {
        letGo();
        plain.rope(...call);
      } else if (held?.op === "rope" && isSecond) {
        held.calls.push(call);
      } else {
        letGo();
        held = { op: "rope", calls: [call] };
      }
    },

    kvWrite(layer, k, v, spans) {
      const [ropeQ, ropeK] = held?.op === "rope" ? held.calls : [];
      const isTheirs = ropeK?.[0] === k && ropeK[2] === spans && v !== k && v !== ropeQ[0];
      if (!isTheirs || !areWhole(v)) {
        letGo();
        plain.kvWrite(layer, k, v, spans);
        return;
      }
      held = undefined;
      together.ropeAndWrite({ q: ropeQ[0], k, v, layer, spans, theta: ropeQ[5] });
    },

    add(...call) {
      const [dst, x, y] = call;
      letGo();
      if (dst === x && y !== x && areWhole(x, y)) held = { op: "add", call };
      else plain.add(...call);
    },

    rmsNorm(dst, x, weight, rows, eps) {
      const [sum, , y, added] = held?.op === "add" ? held.call : [];
      const isOfSum =
        sum === x &&
        y &&
        added &&
        weight.kind === "gain" &&
        areSame(added, { ...rows, into: undefined });
      if (!isOfSum || dst === x || dst === y || !areWhole(dst)) {
        letGo();
        plain.rmsNorm(dst, x, weight, rows, eps);
        return;
      }
      held = undefined;
      together.addAndNorm({ dst, x, y, gain: weight, rows, eps });
    },
  };
  return { ops, letGo };
}

/** Whether a product reads what those before it read, and writes what none of them reads or writes. */
function goTogether(products: readonly Product[], next: Product): boolean {
  const [{ x, matrix, rows }] = products;
  return (
    next.x === x &&
    next.dst !== x &&
    products.length < mostMatrices(matrix.format) &&
    areSame(next.rows, rows) &&
    next.matrix.format === matrix.format &&
    next.matrix.blocks === matrix.blocks &&
    products.every(({ dst }) => dst !== next.dst)
  );
}

/** Whether geglu of two products of as many numbers, at the same rows, writes `dst` beside what they read and write. */
function goesBehind([gate, up]: readonly Product[], dst: GpuTensor, rows: Rows): boolean {
  const { from, into = from } = gate.rows;
  const areThere = rows.from === into && rows.count === 1 && (rows.into ?? into) === into;
  const areAlike = gate.dst.stride === dst.stride && up.dst.stride === dst.stride;
  const isFree = dst !== gate.x && dst !== gate.dst && dst !== up.dst;
  return areThere && areAlike && isFree && gate.dst.columns === up.dst.columns;
}

/** Whether rows are the same ones, and written to the same place. */
function areSame(a: Rows, b: Rows): boolean {
  const { from, count, into = from } = b;
  return a.from === from && a.count === count && (a.into ?? a.from) === into;
}
