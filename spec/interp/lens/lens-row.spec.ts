import { expect, it } from "vitest";
import { distributionOf, summaryOf } from "../../../src/interp/lens/lens-row.ts";

const ln = Math.log;
const summary = (logits: number[], final: number[], options: object = {}) =>
  summaryOf(distributionOf(Float64Array.from(logits)), distributionOf(Float64Array.from(final)), {
    topK: 3,
    targets: [],
    except: new Set(),
    ...options,
  });

it("entropy and distance, by hand: 1/2, 1/4, 1/4 against 1/4, 1/4, 1/2", () => {
  const { top, entropy, kl } = summary([ln(2), 0, 0], [0, 0, ln(2)]);
  expect(top.map(({ probability }) => probability)).toEqual([
    expect.closeTo(0.5, 14),
    expect.closeTo(0.25, 14),
    expect.closeTo(0.25, 14),
  ]);
  expect(entropy).toBeCloseTo(1.5 * ln(2), 14);
  // ¼·log(¼ / ½) + ¼·log(¼ / ¼) + ½·log(½ / ¼)
  expect(kl).toBeCloseTo(0.25 * ln(2), 14);
});

it("of equal logits the lower id comes first, in the list and in ranks", () => {
  const { top, targets } = summary([1, 3, 3, 2, 3], [0, 0, 0, 0, 0], { targets: [4, 2, 0] });
  expect(top.map(({ id, rank }) => [id, rank])).toEqual([
    [1, 1],
    [2, 2],
    [4, 3],
  ]);
  expect(targets.map(({ rank }) => rank)).toEqual([3, 2, 5]);
});

it("a masked token has probability 0, and no part in a sum", () => {
  const masked = Number.NEGATIVE_INFINITY;
  const { top, entropy, kl } = summary([0, masked, 0], [0, masked, 0]);
  expect(top.map(({ id, probability }) => [id, probability])).toEqual([
    [0, 0.5],
    [2, 0.5],
    [1, 0],
  ]);
  expect([entropy, kl]).toEqual([expect.closeTo(ln(2), 14), 0]);
  expect(summary([0, masked, 0], [0, 0, 0]).kl).toBe(Number.POSITIVE_INFINITY);
});

it("has no softmax of NaN, of +∞, or of nothing but −∞", () => {
  for (const logits of [
    [0, Number.NaN],
    [Number.NaN, 0],
    [0, Infinity],
    [-Infinity, -Infinity],
  ]) {
    expect(distributionOf(Float64Array.from(logits)).logSum).not.toSatisfy(Number.isFinite);
  }
});
