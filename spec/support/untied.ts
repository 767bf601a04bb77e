/**
 * Models whose output projection is not their table, made of fixtures by an exact rule: row v of the one is row V − 1 − v of
 * the other. So their logits are those of the fixture, which Google's code computed, from the last to the first.
 */
import type { GemmaConfig } from "../../src/config.ts";
import type { RowSource } from "../../src/tensor/stored.ts";
import { checkpoint } from "./goldens.ts";

export const TABLE = "model.embed_tokens.weight";
export const HEAD = "lm_head.weight";

/** The rows of a matrix from the last to the first. */
export function upsideDown(source: RowSource, name = HEAD): RowSource {
  const { dtype, shape } = source;
  const rows: RowSource["rows"] = async (begin, end, signal) => {
    const bytes = await source.rows(shape[0] - end, shape[0] - begin, signal);
    const size = bytes.length / (end - begin);
    const turned = new Uint8Array(bytes.length);
    for (let r = 0; r < end - begin; r++) {
      turned.set(bytes.subarray(r * size, (r + 1) * size), bytes.length - (r + 1) * size);
    }
    return turned;
  };
  return { name, dtype, shape, rows } as RowSource;
}

/** A fixture with such a head. Its config says nothing of it, unless `said`. */
export async function untied(
  fixture: string,
  said = false,
): Promise<{ config: GemmaConfig; tensors: Map<string, RowSource> }> {
  const { config, tensors } = await checkpoint(fixture);
  const head = upsideDown(tensors.get(TABLE) as RowSource);
  return {
    config: said ? { ...config, tieWordEmbeddings: false } : config,
    tensors: new Map([...tensors, [HEAD, head]]),
  };
}

/** Logits [T, V] with the tokens of each row from the last to the first. */
export function turned(logits: ArrayLike<number>, V: number): Float64Array {
  return Float64Array.from(logits, (_, i) => logits[i - (i % V) + V - 1 - (i % V)]);
}
