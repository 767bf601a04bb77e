/**
 * A backend that checks another while it is being developed: wrap yours in {@link withChecks} and run
 * the model or the conformance suite. It refuses calls that break the rules of backend.ts (so the
 * library is checked too), fills new scratch with NaN (so that reading before writing shows), and
 * after each read verifies that nothing was written behind the last row of any tensor.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { ArgumentError, GemmaError, ShapeError } from "../errors.ts";
import type { FloatArray } from "../tensor/tensor.ts";
import type { Backend, Handles, KVOptions, Rows, Span } from "./backend.ts";

/** A handle together with what the checks know of it. */
export interface CheckedTensor<T> {
  readonly inner: T;
  readonly label: string;
  readonly maxRows: number;
  readonly columns: number;
}

export interface CheckedHandles<H extends Handles> extends Handles {
  tensor: CheckedTensor<H["tensor"]>;
  weight: { readonly inner: H["weight"]; readonly name: string; readonly shape: readonly number[] };
  kv: { readonly inner: H["kv"]; readonly config: GemmaConfig; readonly contextLength: number };
  ids: { readonly inner: H["ids"]; readonly length: number };
}

/** A kernel wrote outside the rows it was given. */
export class GuardError extends GemmaError {}

/** In the guard row behind each tensor. A power of two, so exact in every dtype. */
const GUARD = -16384;

/** `backend`, checked. Slow: for development and conformance runs. */
export function withChecks<H extends Handles>(backend: Backend<H>): Backend<CheckedHandles<H>> {
  type C = CheckedHandles<H>;
  const { ops } = backend;
  const guarded = new Set<CheckedTensor<H["tensor"]>>();
  const fill = ({ inner, maxRows, columns }: CheckedTensor<H["tensor"]>) => {
    const values = new Float32Array((maxRows + 1) * columns).fill(Number.NaN);
    backend.write(inner, values.fill(GUARD, maxRows * columns));
  };

  const assertRows = (op: string, rows: Rows, ...sources: [string, C["tensor"]][]) => {
    for (const [name, source] of sources) assertWithin(op, name, source, rows.from, rows.count);
  };
  const assertDst = (
    op: string,
    dst: C["tensor"],
    rows: Rows,
    columns: number,
    sources: C["tensor"][],
  ) => {
    assertWithin(op, "dst", dst, rows.into ?? rows.from, rows.count);
    assertColumns(op, "dst", dst, columns);
    if (sources.includes(dst)) {
      throw new ArgumentError({
        op,
        argument: "dst",
        expected: "a tensor of its own",
        got: `"${dst.label}", which is also a source`,
      });
    }
  };

  return {
    info: { ...backend.info, name: `${backend.info.name}+checks` },

    ops: {
      embed(dst, table, ids, rows, scale) {
        assertDst("embed", dst, rows, table.shape[1], []);
        if (rows.from + rows.count > ids.length) throw outOfRange("embed", "ids", rows, ids.length);
        ops.embed(dst.inner, table.inner, ids.inner, rows, scale);
      },
      rmsNorm(dst, x, weight, rows, eps) {
        assertRows("rmsNorm", rows, ["x", x]);
        assertDst("rmsNorm", dst, rows, x.columns, [x]);
        assertWeight("rmsNorm", weight, [x.columns]);
        ops.rmsNorm(dst.inner, x.inner, weight.inner, rows, eps);
      },
      matmul(dst, x, weight, rows) {
        assertRows("matmul", rows, ["x", x]);
        assertWeight("matmul", weight, [weight.shape[0], x.columns]);
        assertDst("matmul", dst, rows, weight.shape[0], [x]);
        ops.matmul(dst.inner, x.inner, weight.inner, rows);
      },
      rope(dst, x, span, heads, headDim, theta) {
        assertRows("rope", span, ["x", x]);
        assertColumns("rope", "x", x, heads * headDim);
        assertDst("rope", dst, span, x.columns, []);
        ops.rope(dst.inner, x.inner, span, heads, headDim, theta);
      },
      kvWrite(kv, layer, k, v, span) {
        assertRows("kvWrite", span, ["k", k], ["v", v]);
        assertCache("kvWrite", kv, layer, span);
        const size = kv.config.numKeyValueHeads * kv.config.headDim;
        assertColumns("kvWrite", "k", k, size);
        assertColumns("kvWrite", "v", v, size);
        ops.kvWrite(kv.inner, layer, k.inner, v.inner, span);
      },
      attention(dst, q, kv, layer, span, scale) {
        assertRows("attention", span, ["q", q]);
        assertCache("attention", kv, layer, span);
        assertColumns("attention", "q", q, kv.config.numAttentionHeads * kv.config.headDim);
        assertDst("attention", dst, span, q.columns, [q]);
        ops.attention(dst.inner, q.inner, kv.inner, layer, span, scale);
      },
      geglu(dst, gate, up, rows) {
        assertRows("geglu", rows, ["gate", gate], ["up", up]);
        assertColumns("geglu", "up", up, gate.columns);
        assertDst("geglu", dst, rows, gate.columns, [gate, up]);
        ops.geglu(dst.inner, gate.inner, up.inner, rows);
      },
      add(dst, x, y, rows) {
        assertRows("add", rows, ["x", x], ["y", y]);
        assertColumns("add", "y", y, x.columns);
        assertDst("add", dst, rows, x.columns, [y]);
        ops.add(dst.inner, x.inner, y.inner, rows);
      },
    },

    alloc(label, maxRows, columns) {
      const inner = backend.alloc(label, maxRows + 1, columns);
      const handle = { inner, label, maxRows, columns };
      fill(handle);
      guarded.add(handle);
      return handle;
    },
    allocIds: (length) => ({ inner: backend.allocIds(length), length }),
    createKV(config: GemmaConfig, options: KVOptions) {
      const inner = backend.createKV(config, options);
      return { inner, config, contextLength: options.contextLength };
    },
    async upload(source, signal) {
      const inner = await backend.upload(source, signal);
      return { inner, name: source.name, shape: source.shape };
    },
    setIds(dst, ids) {
      if (ids.length > dst.length) {
        throw outOfRange("setIds", "ids", { from: 0, count: ids.length }, dst.length);
      }
      backend.setIds(dst.inner, ids);
    },
    write(dst, data) {
      assertWithin("write", "dst", dst, 0, data.length / dst.columns);
      backend.write(dst.inner, data);
    },
    async read(src, rows, signal) {
      assertWithin("read", "src", src, rows.from, rows.count);
      const result = await backend.read(src.inner, rows, signal).catch((error) => {
        guarded.forEach(fill); // an abort may have dropped the first filling
        throw error;
      });
      for (const { inner, label, maxRows, columns } of guarded) {
        const guard: FloatArray = await backend.read(inner, { from: maxRows, count: 1 });
        const touched = guard.findIndex((x) => x !== GUARD);
        if (touched < 0) continue;
        throw new GuardError({
          op: "withChecks",
          argument: label,
          expected: `rows 0 to ${maxRows - 1} written at most`,
          got: `${guard[touched]} in column ${touched} of ${columns} of the row behind them`,
        });
      }
      return result;
    },
    free(handle) {
      guarded.delete(handle as C["tensor"]);
      backend.free((handle as C["tensor"]).inner);
    },
    submit: () => backend.submit(),
    dispose: () => backend.dispose(),
  };
}

function assertWithin(
  op: string,
  argument: string,
  { maxRows }: CheckedTensor<unknown>,
  from: number,
  count: number,
): void {
  const whole = Number.isInteger(from) && Number.isInteger(count);
  if (whole && from >= 0 && count >= 0 && from + count <= maxRows) return;
  throw outOfRange(op, argument, { from, count }, maxRows);
}

function outOfRange(op: string, argument: string, { from, count }: Rows, limit: number): Error {
  return new ArgumentError({
    op,
    argument,
    expected: `rows within 0 to ${limit - 1}`,
    got: `${count} rows from ${from}`,
  });
}

function assertColumns(
  op: string,
  argument: string,
  { columns, label }: CheckedTensor<unknown>,
  expected: number,
): void {
  if (columns === expected) return;
  throw new ShapeError({
    op,
    argument,
    expected: `${expected} columns`,
    got: `${columns} ("${label}")`,
  });
}

function assertWeight(
  op: string,
  { name, shape }: { name: string; shape: readonly number[] },
  expected: readonly number[],
): void {
  if (shape.length === expected.length && expected.every((axis, i) => axis === shape[i])) return;
  throw new ShapeError({
    op,
    argument: name,
    expected: `[${expected.join(", ")}]`,
    got: `[${shape.join(", ")}]`,
  });
}

function assertCache(
  op: string,
  { config, contextLength }: { config: GemmaConfig; contextLength: number },
  layer: number,
  { pos, count }: Span,
): void {
  if (pos >= 0 && pos + count <= contextLength && layer < config.numHiddenLayers) return;
  throw new ArgumentError({
    op,
    argument: "span",
    expected: `positions 0 to ${contextLength - 1} of layers 0 to ${config.numHiddenLayers - 1}`,
    got: `${count} positions from ${pos} of layer ${layer}`,
  });
}
