/** The tiled attention and its backward against their definitions in nn/. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { tiledAttention } from "../../../src/backend/cpu/attention.ts";
import { tiledAttentionBackward } from "../../../src/backend/cpu/attention-backward.ts";
import { attention } from "../../../src/nn/attention.ts";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { precisionNamed, zeros } from "../../../src/tensor/precision.ts";
import { randomTensor } from "../../support/random.ts";

const shapes = fc.record({
  L: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 21 }) },
    { weight: 1, arbitrary: fc.constantFrom(64, 257, 262) },
  ),
  K: fc.integer({ min: 1, max: 3 }),
  G: fc.integer({ min: 1, max: 3 }),
  H: fc.integer({ min: 1, max: 9 }),
  pos: fc.constantFrom(0, 1, 7),
  precision: fc.constantFrom("float64", "float32", "bfloat16"),
  seed: fc.nat(1e6),
});

it("the tiled attention has the bits of nn/attention, whatever lies behind the positions it sees", () => {
  const property = fc.property(shapes, ({ L, K, G, H, pos, precision: name, seed }) => {
    const precision = precisionNamed(name);
    const [q, k, v] = [
      [L, K * G, H],
      [pos + L + 2, K, H],
      [pos + L + 2, K, H],
    ].map((shape, i) => randomTensor(shape, seed + i));
    for (const x of [k, v]) x.data.fill(Number.NaN, (pos + L) * K * H);
    v.data.fill(Number.POSITIVE_INFINITY, (pos + L - 1) * K * H, (pos + L) * K * H);
    const out = zeros([L, K * G, H], precision);
    tiledAttention(q, k, v, { pos, scale: 0.3, precision, out });
    expect(out.data).toEqual(attention(q, k, v, { pos, scale: 0.3, precision }).data);
  });
  fc.assert(property, { numRuns: 60 });
});

it("its backward has the bits of nn/backward/attention", () => {
  const property = fc.property(shapes, ({ L, K, G, H, precision: name, seed }) => {
    const precision = precisionNamed(name);
    const [dz, q, k, v] = [K * G, K * G, K, K].map((heads, i) =>
      randomTensor([L, heads, H], seed + i),
    );
    // The last query sees every position, and spoils those gradients alone that it has a part in.
    q.data[q.data.length - 1] = Number.NaN;
    const [dq, dk, dv] = [K * G, K, K].map((heads) => zeros([L, heads, H], precision));
    tiledAttentionBackward(dz, q, k, v, { scale: 0.3, precision, dq, dk, dv });
    const wanted = attentionBackward(dz, q, k, v, { scale: 0.3, precision });
    expect([dq.data, dk.data, dv.data]).toEqual([wanted.dq.data, wanted.dk.data, wanted.dv.data]);
  });
  fc.assert(property, { numRuns: 60 });
});
