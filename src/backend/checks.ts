/**
 * A backend that checks another while it is being developed: wrap yours in {@link withChecks} and run
 * a model or `spec/backend/interface.spec.ts`. It refuses calls that break the rules of backend.ts, so that the
 * library is checked too. It checks that the backend keeps the rules:
 *
 * - a kernel touches no rows of `dst` but those it was asked for, nor the guard behind the last row;
 * - what is read before it was written shows: new scratch is NaN;
 * - `read` gives the right number of values, in the right kind of array, of the rows asked for, as of the
 *   call, in memory of its own.
 *
 * @module
 */
import { brief } from "../brief.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { formatShape } from "../tensor/tensor.ts";
import type { Backend, Handles, Ops, Rows, Span } from "./backend.ts";
import { type CheckedTensor, RowWatch } from "./row-watch.ts";

/** A weight together with what the checks know of it. */
export interface CheckedWeight<W> {
  /** The handle of the backend that is watched. */
  readonly inner: W;
  /** Its name, for messages. */
  readonly name: string;
  /** [V, D] or [F, D], or [D] of a norm. */
  readonly shape: readonly number[];
}

/** A cache together with what the checks know of it. */
export interface CheckedKV<KV> {
  /** The handle of the backend that is watched. */
  readonly inner: KV;
  /** The config it was made for. */
  readonly config: GemmaConfig;
  /** How many positions it has room for. */
  positions: number;
}

/** The handles of `Dev`, each with what the checks know of it. */
export interface CheckedHandles<Dev extends Handles> extends Handles {
  tensor: CheckedTensor<Dev["tensor"]>;
  weight: CheckedWeight<Dev["weight"]>;
  kv: CheckedKV<Dev["kv"]>;
  ids: { readonly inner: Dev["ids"]; readonly length: number };
}

/** `backend`, checked. Slow, as every kernel is followed by a read: for development and conformance runs. */
export function withChecks<Dev extends Handles>(
  backend: Backend<Dev>,
): Backend<CheckedHandles<Dev>> {
  type Checked = CheckedHandles<Dev>;
  const { reserve, copyKV, readKV, uploadLater, top } = backend;
  const watch = new RowWatch(backend);
  return {
    info: { ...backend.info, name: `${backend.info.name}+checks` },
    ...(backend.lost && { lost: backend.lost }),
    ops: checkedOps(backend.ops, watch),

    alloc(label, maxRows, columns) {
      const inner = backend.alloc(label, maxRows + 1, columns); // one more, to be left alone
      const handle = { inner, label, maxRows, columns };
      watch.add(handle);
      return handle;
    },
    allocIds: (length) => ({ inner: backend.allocIds(length), length }),
    createKV: (config, options) => ({
      inner: backend.createKV(config, options),
      config,
      positions: options.positions,
    }),
    ...(reserve && {
      reserve(kv, options) {
        reserve.call(backend, kv.inner, options);
        kv.positions = Math.max(kv.positions, options.positions);
      },
    }),
    ...(copyKV && {
      copyKV(dst, src, count) {
        assertCopy(dst, src, count);
        copyKV.call(backend, dst.inner, src.inner, count);
      },
    }),
    ...(readKV && {
      readKV(kv, layer, part, rows, signal) {
        assertWithin("readKV", "kv", kv.positions, rows);
        return readKV.call(backend, kv.inner, layer, part, rows, signal);
      },
    }),
    async upload(source, signal) {
      const inner = await backend.upload(source, signal);
      return { inner, name: source.name, shape: source.shape };
    },
    ...(uploadLater && {
      uploadLater(source, signal) {
        const { weight, arrived } = uploadLater.call(backend, source, signal);
        return { weight: { inner: weight, name: source.name, shape: source.shape }, arrived };
      },
    }),

    setIds(dst, ids) {
      assertWithin("setIds", "ids", dst.length, { from: 0, count: ids.length });
      backend.setIds(dst.inner, ids);
    },
    write(dst, data) {
      const rows = { from: 0, count: data.length / dst.columns };
      assertWithin("write", "dst", dst.maxRows, rows);
      backend.write(dst.inner, data);
      watch.wrote("write", dst, rows);
    },
    async read(src, rows, signal) {
      assertWithin("read", "src", src.maxRows, rows);
      return watch.read(src, rows, signal);
    },
    ...(top && {
      top(src, rows, except, signal) {
        assertWithin("top", "src", src.maxRows, rows);
        return top.call(backend, src.inner, rows, except, signal);
      },
    }),
    free(kind, handle) {
      if (kind === "tensor") watch.remove(handle as Checked["tensor"]);
      backend.free(kind, (handle as { readonly inner: Dev[typeof kind] }).inner);
    },
    dispose: () => backend.dispose(),
  };
}

/** The kernels: arguments are checked before, the rows around the destination after. */
function checkedOps<Dev extends Handles>(
  ops: Ops<Dev>,
  watch: RowWatch<Dev>,
): Ops<CheckedHandles<Dev>> {
  type Tensor = CheckedTensor<Dev["tensor"]>;
  const assertSources = (op: string, rows: Rows, sources: Readonly<Record<string, Tensor>>) => {
    for (const [name, { maxRows }] of Object.entries(sources))
      assertWithin(op, name, maxRows, rows);
  };
  const assertDst = (op: string, dst: Tensor, rows: Rows, columns: number, not: Tensor[]) => {
    assertWithin(op, "dst", dst.maxRows, { from: rows.into ?? rows.from, count: rows.count });
    assertColumns(op, "dst", dst, columns);
    if (!not.includes(dst)) return;
    const got = `"${dst.label}", which is also a source`;
    throw refusals(op).argument("dst", "a tensor of its own", got);
  };
  /** The spans with the backend's own caches. */
  const innerOf = (
    op: string,
    layer: number | undefined,
    spans: readonly Span<CheckedKV<Dev["kv"]>>[],
  ) =>
    spans.map((span) => {
      assertPositions(op, layer, span);
      return { ...span, kv: span.kv.inner };
    });

  return {
    embed(dst, table, ids, rows, scale) {
      assertDst("embed", dst, rows, table.shape[1], []);
      assertWithin("embed", "ids", ids.length, rows);
      ops.embed(dst.inner, table.inner, ids.inner, rows, scale);
      watch.wrote("embed", dst, rows);
    },
    rmsNorm(dst, x, weight, rows, eps) {
      assertSources("rmsNorm", rows, { x });
      assertDst("rmsNorm", dst, rows, x.columns, [x]);
      assertWeight("rmsNorm", weight, [x.columns]);
      ops.rmsNorm(dst.inner, x.inner, weight.inner, rows, eps);
      watch.wrote("rmsNorm", dst, rows);
    },
    matmul(dst, x, weight, rows) {
      assertSources("matmul", rows, { x });
      assertWeight("matmul", weight, [weight.shape[0], x.columns]);
      assertDst("matmul", dst, rows, weight.shape[0], [x]);
      ops.matmul(dst.inner, x.inner, weight.inner, rows);
      watch.wrote("matmul", dst, rows);
    },
    rope(dst, x, spans, heads, headDim, theta) {
      assertColumns("rope", "x", x, heads * headDim);
      for (const span of spans) {
        assertSources("rope", span, { x });
        assertDst("rope", dst, span, x.columns, []);
      }
      ops.rope(dst.inner, x.inner, innerOf("rope", undefined, spans), heads, headDim, theta);
      watch.wrote("rope", dst, ...spans);
    },
    kvWrite(layer, k, v, spans) {
      for (const span of spans) {
        assertSources("kvWrite", span, { k, v });
        const { numKeyValueHeads: K, headDim: H } = span.kv.config;
        assertColumns("kvWrite", "k", k, K * H);
        assertColumns("kvWrite", "v", v, K * H);
      }
      ops.kvWrite(layer, k.inner, v.inner, innerOf("kvWrite", layer, spans));
    },
    attention(dst, q, layer, spans, scale) {
      for (const span of spans) {
        const { numAttentionHeads: N, headDim: H } = span.kv.config;
        assertColumns("attention", "q", q, N * H);
        assertSources("attention", span, { q });
        assertDst("attention", dst, span, q.columns, [q]);
      }
      ops.attention(dst.inner, q.inner, layer, innerOf("attention", layer, spans), scale);
      watch.wrote("attention", dst, ...spans);
    },
    geglu(dst, gate, up, rows) {
      assertSources("geglu", rows, { gate, up });
      assertColumns("geglu", "up", up, gate.columns);
      assertDst("geglu", dst, rows, gate.columns, [gate, up]);
      ops.geglu(dst.inner, gate.inner, up.inner, rows);
      watch.wrote("geglu", dst, rows);
    },
    add(dst, x, y, rows) {
      assertSources("add", rows, { x, y });
      assertColumns("add", "y", y, x.columns);
      assertDst("add", dst, rows, x.columns, [y]);
      ops.add(dst.inner, x.inner, y.inner, rows);
      watch.wrote("add", dst, rows);
    },
  };
}

function assertWithin(op: string, argument: string, limit: number, { from, count }: Rows): void {
  const isWhole = Number.isInteger(from) && Number.isInteger(count);
  if (isWhole && from >= 0 && count >= 0 && from + count <= limit) return;
  const got = `${count} rows from ${from}`;
  throw refusals(op).argument(argument, `rows within 0 to ${limit - 1}`, got);
}

function assertColumns(
  op: string,
  argument: string,
  { columns, label }: CheckedTensor<unknown>,
  expected: number,
): void {
  if (columns === expected) return;
  throw refusals(op).shape(argument, `${expected} columns`, `${columns} ("${label}")`);
}

function assertWeight(
  op: string,
  { name, shape }: CheckedWeight<unknown>,
  expected: readonly number[],
): void {
  if (shape.length === expected.length && expected.every((axis, i) => axis === shape[i])) return;
  throw refusals(op).shape(name, formatShape(expected), shape);
}

function assertPositions(
  op: string,
  layer: number | undefined,
  { pos, count, kv }: Span<CheckedKV<unknown>>,
): void {
  const { positions, config } = kv;
  const layers = config.numHiddenLayers;
  if (pos >= 0 && pos + count <= positions && (layer ?? 0) < layers) return;
  const expected = `positions 0 to ${positions - 1} of layers 0 to ${layers - 1}`;
  const where = layer === undefined ? "" : ` of layer ${layer}`;
  throw refusals(op).argument("spans", expected, `${count} positions from ${pos}${where}`);
}

function assertCopy(dst: CheckedKV<unknown>, src: CheckedKV<unknown>, count: number): void {
  const refuse = refusals("copyKV");
  if (dst.inner === src.inner) {
    throw refuse.argument("dst", "another cache than src", "the same");
  }
  const shapes = [dst.config, src.config].map(
    ({ numHiddenLayers: layers, numKeyValueHeads: K, headDim: H }) => [layers, K, H],
  );
  if (`${shapes[0]}` !== `${shapes[1]}`) {
    const [got, expected] = shapes.map(formatShape);
    throw refuse.shape("dst", `a cache of ${expected} (layers, K, H), as src`, got);
  }
  const room = Math.min(dst.positions, src.positions);
  if (Number.isInteger(count) && count >= 0 && count <= room) return;
  throw refuse.argument("count", `0 to ${room} positions, which both have`, brief(count));
}
