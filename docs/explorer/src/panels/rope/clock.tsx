/**
 * A pair of numbers as hands of a clock, around 0: the first number to the right, the second upwards, as a turn is drawn.
 * The longer a hand, the more it counts.
 * @module
 */
import type { Rope, Turned } from "./question.ts";

/** The longest pair of the query, and of the key: each has a scale of its own. */
export function largestPair({ pairs, q, k }: Rope): { q: number; k: number } {
  const most = ({ before }: Turned) =>
    Math.max(...pairs.map(([a, b]) => Math.hypot(before[a], before[b])));
  return { q: most(q), k: most(k) };
}

export function Clock(props: {
  rope: Rope;
  pair: number;
  radius: number;
  largest: { readonly q: number; readonly k: number };
  isNamed?: boolean;
}) {
  const { rope, pair, radius, largest, isNamed = false } = props;
  const [a, b] = rope.pairs[pair];
  const end = (of: "q" | "k", values: Float64Array): readonly [number, number] => {
    const length = Math.hypot(values[a], values[b]);
    // By square root, so that small pairs can be seen too.
    const scale = length === 0 ? 0 : (radius * Math.sqrt(length / largest[of])) / length;
    return [values[a] * scale, -values[b] * scale];
  };
  const size = isNamed ? 4 : radius / 7;
  return (
    <>
      <circle class="face" r={radius} />
      {(["k", "q"] as const).map((of) => {
        const [x0, y0] = end(of, rope[of].before);
        const [x, y] = end(of, rope[of].after);
        return (
          <g key={of} class={of}>
            <path class="hand before" d={`M0 0L${x0} ${y0}`} />
            <path class="hand" d={`M0 0L${x} ${y}`} />
            {of === "q" ? (
              <circle class="tip" cx={x} cy={y} r={size} />
            ) : (
              <rect
                class="tip"
                x={x - size * 0.9}
                y={y - size * 0.9}
                width={size * 1.8}
                height={size * 1.8}
              />
            )}
            {isNamed && (
              <text x={x * 1.1 + Math.sign(x) * 9} y={y * 1.1 + 4}>
                {of}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}
