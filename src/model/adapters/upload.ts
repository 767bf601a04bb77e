/**
 * Factors on their way into a backend. The scale is multiplied into B, in float64, and rounded once.
 * @module
 */
import type { Backend, Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { type Refusals, refusals } from "../../errors.ts";
import { heldWeight } from "../../tensor/held.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import { formatShape, type NdArray, tensor } from "../../tensor/tensor.ts";
import { widened } from "../../tensor/widen.ts";
import { weightSpecs } from "../weights/weights.ts";
import type { LowRank, LowRankPair } from "./low-rank.ts";
import type { FactorHandles, HeldFactors } from "./ops.ts";

/** Where they go. */
export interface FactorRoom<Dev extends Handles> {
  readonly config: GemmaConfig;
  readonly backend: Backend<Dev>;
  /** Handles of the model's weights by name. */
  readonly weights: ReadonlyMap<string, Dev["weight"]>;
  readonly signal?: AbortSignal;
}

/** The embedding, and the logits too: two places, and factors would be of both. */
const TABLE = "model.embed_tokens.weight";

/**
 * Uploads an adapter. If it fails, what was uploaded is freed.
 * @throws {ArgumentError} if there are factors of a weight that the model has not, in other shapes, or of numbers that
 * are not finite.
 */
export async function uploadFactors<Dev extends Handles>(
  op: string,
  adapter: LowRank,
  { config, backend, weights, signal }: FactorRoom<Dev>,
): Promise<HeldFactors<Dev>> {
  const refuse = refusals(op);
  if (!(adapter?.pairs instanceof Map)) {
    throw refuse.argument("adapter", "an Adapter", brief(adapter), "readAdapter gives one");
  }
  // s · B rounds unless s is a power of two: in float64 it must not round to float32.
  const Floats = backend.info.precision === "float64" ? Float64Array : Float32Array;
  const shapes = new Map(weightSpecs(config).map(({ name, shape }) => [name, shape]));
  const pairs = [...adapter.pairs].map(([name, pair]) => ({
    name,
    ...factorsOf(name, pair, shapes.get(name), { refuse, Floats }),
  }));
  const factors = new Map<Dev["weight"], FactorHandles<Dev>>();
  const whole = new Map<Dev["weight"], Dev["weight"]>();
  const upload = async (source: WeightSource) => {
    signal?.throwIfAborted();
    return backend.upload(widened(source, backend.info.weightTypes), signal);
  };
  try {
    for (const { name, a, b } of pairs) {
      const first = await upload(heldWeight(`${name}: A`, a));
      const second = await upload(heldWeight(`${name}: B`, b)).catch((error) => {
        backend.free("weight", first);
        throw error;
      });
      const own = { a: first, b: second, rank: a.shape[0], outputs: b.shape[0] };
      factors.set(weights.get(name) as Dev["weight"], own);
    }
    for (const [name, source] of adapter.whole ?? []) {
      const shape = shapes.get(name);
      assertWhole(name, source, shape, refuse);
      whole.set(weights.get(name) as Dev["weight"], await upload(source));
    }
    signal?.throwIfAborted();
  } catch (error) {
    freeFactors(backend, { factors, whole });
    throw error;
  }
  return { factors, whole };
}

/** Gives the backend's memory of an adapter back. */
export function freeFactors<Dev extends Handles>(
  backend: Backend<Dev>,
  { factors, whole }: HeldFactors<Dev>,
): void {
  for (const { a, b } of factors.values()) {
    backend.free("weight", a);
    backend.free("weight", b);
  }
  for (const weight of whole.values()) backend.free("weight", weight);
}

type FloatArrayType = typeof Float64Array | typeof Float32Array;

const HINT = "the adapter is of another model";

/** A and s · B, row-major. */
function factorsOf(
  name: string,
  { a, b, scale }: LowRankPair,
  shape: readonly number[] | undefined,
  { refuse, Floats }: { readonly refuse: Refusals; readonly Floats: FloatArrayType },
): { readonly a: NdArray; readonly b: NdArray } {
  if (shape?.length !== 2 || name === TABLE) {
    throw refuse.argument(name, "a projection of a block", "no such weight", HINT);
  }
  const [F, D] = shape;
  const [r] = a.shape;
  const [expected, got] = [
    `[${r}, ${D}] and [${F}, ${r}]`,
    [a, b].map((x) => formatShape(x.shape)).join(" and "),
  ];
  if (expected !== got || !(r > 0)) throw refuse.argument(name, `factors ${expected}`, got, HINT);
  const factors = { a: dense(a, 1, Floats), b: dense(b, scale, Floats) };
  for (const { data } of [factors.a, factors.b]) {
    const bad = data.findIndex((x) => !Number.isFinite(x));
    if (bad < 0) continue;
    const hint = "the adapter is damaged, or its training went astray";
    throw refuse.argument(name, "factors of finite numbers", data[bad], hint);
  }
  return factors;
}

function assertWhole(
  name: string,
  source: WeightSource,
  shape: readonly number[] | undefined,
  refuse: Refusals,
): asserts shape {
  if (!shape) {
    const hint =
      "a head that scores gives no text; openRewardModel reads a model that gives rewards";
    throw refuse.unsupported(name, "weights that the model has", "another", hint);
  }
  if (name === TABLE) {
    const hint =
      "Gemma's table is embedding and output projection in one; merge the adapter instead";
    throw refuse.unsupported(name, "weights other than the table", "the table", hint);
  }
  const [expected, got] = [shape, source.shape].map(formatShape);
  if (expected !== got) throw refuse.argument(name, `a weight ${expected}`, got, HINT);
}

/** The numbers of a matrix, row-major, times `scale`, rounded once. */
function dense(x: NdArray, scale: number, Floats: FloatArrayType): NdArray {
  const [rows, columns] = x.shape;
  const data = new Floats(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) data[r * columns + c] = scale * x.get(r, c);
  }
  return tensor(data, [rows, columns]);
}
