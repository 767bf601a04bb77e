/**
 * The forward pass of src/exercises, of functions of a row or a head, as something that can be fed.
 * @module
 */
import type { Taps } from "../../../src/conformance/engine/engine.ts";
import type { EngineModel, EngineWeight } from "../../../src/conformance/engine/weights.ts";
import {
  allLogits,
  emptyCache,
  type PlainCache,
  type PlainModel,
} from "../../../src/exercises/gemma.ts";
import type { Parts, Rows } from "../../../src/exercises/parts.ts";
import { completed } from "../../../src/exercises/tasks/all.ts";
import { mapWeights, weightsInOrder } from "../../../src/model/weights/weights.ts";
import { widenRow } from "../../../src/tensor/stored.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import type { Feeding } from "./greedy.ts";

export class PlainEngine implements Feeding {
  readonly #model: PlainModel;
  readonly #parts: Parts;
  readonly #cache: PlainCache;

  /** @param parts some functions; the others are right. */
  constructor(model: PlainModel, parts: Partial<Parts>) {
    this.#model = model;
    this.#parts = completed(parts);
    this.#cache = emptyCache(model.config);
  }

  /** Logits [L, V], and no other intermediate. */
  feed(ids: readonly number[], pos: number): Taps {
    for (const { k, v } of this.#cache.flat()) {
      k.splice(pos);
      v.splice(pos);
    }
    const rows = allLogits(this.#model, this.#parts, ids, pos, this.#cache);
    const V = rows[0].length;
    const logits = tensor(new Float64Array(rows.length * V), [rows.length, V]);
    rows.forEach((row, l) => {
      logits.data.set(row, l * V);
    });
    return new Map([["logits", logits]]);
  }
}

/** The engine's weights as rows of float64. */
export function plainModelOf({ config, weights }: EngineModel): PlainModel {
  const inOrder = weightsInOrder(weights).values();
  return {
    config,
    weights: mapWeights(config, () => rowsOf(inOrder.next().value as EngineWeight)),
  };
}

function rowsOf({ stored }: EngineWeight): Rows {
  const { shape } = stored;
  const [count, width] = shape.length === 1 ? [1, shape[0]] : shape;
  return Array.from({ length: count }, (_, at) => {
    const row = new Float64Array(width);
    widenRow(stored, at, row);
    return row;
  });
}
