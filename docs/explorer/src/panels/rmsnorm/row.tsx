/**
 * A row of numbers as bars, each of which can be chosen.
 * @module
 */
import { activation, round } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";

const HEIGHT = 64;

export function Row(props: {
  norm: number;
  dim: number | undefined;
  title: string;
  what: string;
  values: Float64Array;
  /** Numbers that are drawn to the same scale. */
  beside?: ArrayLike<number> & Iterable<number>;
  /** What it would be, done right: an outline. */
  right?: ArrayLike<number> & Iterable<number>;
  isSmall?: boolean;
}) {
  const { norm, dim, title, what, values, beside = [], right = [], isSmall = false } = props;
  const all = [...values, ...beside, ...right];
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const y = (value: number) => ((high - value) / (high - low || 1)) * HEIGHT;
  const bars = (isAbove: boolean) =>
    [...values]
      .map((v, d) => (v > 0 === isAbove ? `M${d + 0.1} ${y(0)}V${y(v)}h0.8V${y(0)}z` : ""))
      .join("");
  const rms = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
  const count = values.length;
  return (
    <figure class={isSmall ? "step small" : "step"}>
      <figcaption>
        <b>{title}</b>
        <span>{what}</span>
        {!isSmall && (
          <small>
            {round(Math.min(...values))} … {round(Math.max(...values))}, root mean square{" "}
            {activation(rms)}
          </small>
        )}
      </figcaption>
      <Matrix
        label={`${title}: ${what}`}
        rows={1}
        columns={count}
        numbers={values}
        nameOf={(_, d) => `dimension ${d}, ${activation(values[d])}`}
        chosen={dim === undefined ? undefined : [0, dim]}
        targetOf={(_, d) => ({ cell: { kind: "norm", norm, dim: d } })}
      >
        <svg viewBox={`0 0 ${count} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <path class="above" d={bars(true)} />
          <path class="below" d={bars(false)} />
          {right.length > 0 && (
            <path class="right" d={`M${[...right].map((v, d) => `${d} ${y(v)}h1`).join("L")}`} />
          )}
          <path class="zero" d={`M0 ${y(0)}H${count}`} />
        </svg>
      </Matrix>
    </figure>
  );
}
