/**
 * A query and a key, turned to any two positions, and their product. Pairs of neighbours are a known bug of the
 * conformance suite.
 * @module
 */
import { ROPE_MUTANTS } from "../../../../../src/conformance/mutants/rope.ts";
import { applyRope, ropeAngles } from "../../../../../src/nn/rope.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { tensor } from "../../../../../src/tensor/tensor.ts";
import { mostRead } from "../../answers/most-read.ts";
import { asHead, lengthOf, productsOf, rowOf, sumOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Rope, RopeQuestion, Turned } from "./question.ts";

/** The curve is as long as the smallest of these that holds all that is shown. */
const REACHES = [32, 64, 128, 256];

export async function ropeOf(
  subject: Subject,
  { prompt, pos, layer, head, queryAt, keyAt, isNeighbours }: RopeQuestion["ask"],
): Promise<Rope> {
  const run = await subject.run(prompt);
  const { headDim: H, heads, keyHeads, contextLength } = subject.info;
  const { ropeTheta: theta } = subject.gemma.config;
  const block = `blocks.${layer}.attn`;
  const plain = await run.more("attn.hook_q", "attn.hook_k");
  const bug = ROPE_MUTANTS.find(({ id }) => isNeighbours && id === "rope-interleaved");
  const rope = bug?.parts.components?.applyRope ?? applyRope;
  const turn = (x: Float64Array, to: number, by = rope) =>
    rowOf(by(asHead(x), to, { theta, precision }), 0);

  const key = mostRead(run.cache.get(`${block}.hook_pattern`), head, pos);
  const keyHead = Math.floor((head * keyHeads) / heads);
  const turned = (of: "q" | "k", at: number, row: number, to: number): Turned => {
    const before = rowOf(plain.get(`${block}.hook_${of}`), at, row);
    const tap = rowOf(run.cache.get(`${block}.hook_rot_${of}`), at, row);
    const own = turn(before, at);
    const after = turn(before, to);
    return {
      ...{ at, token: run.tokens[at], to, before, after },
      lengthBefore: lengthOf(before),
      lengthAfter: lengthOf(after),
      isTap: own.every((value, h) => value === tap[h]),
    };
  };
  const q = turned("q", pos, head, queryAt ?? pos);
  const k = turned("k", key, keyHead, keyAt ?? key);
  const product = (x: Float64Array, y: Float64Array) => sumOf(productsOf(x, y));
  const products = productsOf(q.after, k.after);
  const pairs = Array.from({ length: H / 2 }, (_, i): readonly [number, number] =>
    isNeighbours ? [2 * i, 2 * i + 1] : [i, i + H / 2],
  );

  // The query at 0, 1, 2 … against the key at 0: only the distance counts.
  const furthest = Math.max(q.to - k.to, pos - key) + 1;
  const reach = REACHES.find((count) => count >= furthest && count <= contextLength);
  const count = reach ?? contextLength;
  const rows = tensor(new Float64Array(count * H), [count, 1, H]);
  for (let d = 0; d < count; d++) rows.data.set(q.before, d * H);
  const moved = rope(rows, 0, { theta, precision });
  const still = turn(k.before, 0);

  const { cos, sin } = ropeAngles(1, 1, H, { theta, precision });
  return {
    ...{ prompt, pos, layer, head, isNeighbours, theta, q, k, pairs },
    turns: cos.map((c, i) => Math.atan2(sin[i], c)),
    parts: Float64Array.from(pairs, ([a, b]) => products[a] + products[b]),
    product: sumOf(products),
    ownProduct: product(turn(q.before, pos), turn(k.before, key)),
    modelProduct: product(turn(q.before, pos, applyRope), turn(k.before, key, applyRope)),
    curve: Float64Array.from({ length: count }, (_, d) => product(rowOf(moved, d), still)),
  };
}
