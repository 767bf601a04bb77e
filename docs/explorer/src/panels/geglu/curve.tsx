/**
 * GELU as a curve, with a dot for each unit; or how far the two forms of it are apart.
 * @module
 */
import { activation, hundredths, round } from "../../format.ts";
import { choose } from "../../state.ts";
import type { Geglu } from "./question.ts";

const [WIDTH, HEIGHT] = [340, 236];
const [TOP, FOOT, LEFT, RIGHT] = [14, 28, 40, 12];
/** By how much the difference of the two forms is enlarged. */
const ZOOM = 1000;

export function Curve({ answer, isErf }: { answer: Geglu; isErf: boolean }) {
  const { gate, opened, difference, curve, layer, unit, most } = answer;
  const zoomed = (values: Float64Array) => values.map((value) => value * ZOOM);
  const line = isErf ? zoomed(curve.difference) : curve.tanh;
  const dots = isErf ? zoomed(difference) : opened;
  const [left, right] = [curve.x[0], curve.x[curve.x.length - 1]];
  const [low, high] = [Math.min(0, ...line), Math.max(0, ...line)];
  const x = (value: number) =>
    LEFT + ((value - left) / (right - left || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((high - value) / (high - low || 1)) * (HEIGHT - TOP - FOOT);
  const zero = Math.max(left, Math.min(right, 0));
  /** The dot that is nearest. By keys, the same units are chosen in the maps and in the list beside it. */
  const onClick = ({ currentTarget, clientX, clientY }: MouseEvent) => {
    const box = (currentTarget as Element).getBoundingClientRect();
    const [px, py] = [
      ((clientX - box.left) / box.width) * WIDTH,
      ((clientY - box.top) / box.height) * HEIGHT,
    ];
    const far = [...gate].map((value, f) => Math.hypot(x(value) - px, y(dots[f]) - py));
    choose({ cell: { kind: "unit", unit: far.indexOf(Math.min(...far)) }, layer });
  };
  const write = isErf ? hundredths : round;
  return (
    <section class="card curve-card" aria-label="GELU">
      <div class="card-title">
        <h3>{isErf ? "erf less tanh, × 1 000" : "How far each unit opens"}</h3>
        {!isErf && <Formula />}
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${isErf ? "GELU with erf less GELU with tanh" : "GELU"} over the gates of ${gate.length} units, from ${activation(left)} to ${activation(right)}`}
        onClick={onClick}
      >
        <path
          class="axis"
          d={`M${LEFT} ${y(0)}H${WIDTH - RIGHT}M${x(zero)} ${TOP}V${HEIGHT - FOOT}`}
        />
        {[low, high].map((value) => (
          <text key={value} x={LEFT - 6} y={y(value) + 4} text-anchor="end">
            {write(value)}
          </text>
        ))}
        <text x={LEFT} y={HEIGHT - 8}>
          {round(left)}
        </text>
        <text x={x(zero)} y={HEIGHT - 8} text-anchor="middle">
          0
        </text>
        <text x={WIDTH - RIGHT} y={HEIGHT - 8} text-anchor="end">
          gate {round(right)}
        </text>
        <path
          class="line"
          d={`M${[...line].map((value, i) => `${x(curve.x[i])} ${y(value)}`).join("L")}`}
        />
        <path class="dots" d={[...dots].map((v, f) => `M${x(gate[f])} ${y(v)}h0`).join("")} />
        <circle class="chosen-dot" cx={x(gate[unit])} cy={y(dots[unit])} r="7" />
      </svg>
      {isErf ? (
        <p>
          Gemma was trained with the tanh form. With erf the products of this layer would change by
          at most <b>{activation(most.by)}</b>, in unit {most.unit}.
        </p>
      ) : (
        <p>
          A dot a unit, {gate.length}: below 0 the gate shuts, above it opens as far as it is large.
          Ring: unit {unit}, gate {activation(gate[unit])} → {activation(opened[unit])}.
        </p>
      )}
    </section>
  );
}

function Formula() {
  return (
    <math>
      <mi>GELU</mi>
      <mo>(</mo>
      <mi>x</mi>
      <mo>)</mo>
      <mo>≈</mo>
      <mfrac>
        <mi>x</mi>
        <mn>2</mn>
      </mfrac>
      <mo>(</mo>
      <mn>1</mn>
      <mo>+</mo>
      <mi>tanh</mi>
      <mo>(</mo>
      <mo>√</mo>
      <mo>(</mo>
      <mn>2</mn>
      <mo>/</mo>
      <mi>π</mi>
      <mo>)</mo>
      <mo>(</mo>
      <mi>x</mi>
      <mo>+</mo>
      <mn>0.044715</mn>
      <msup>
        <mi>x</mi>
        <mn>3</mn>
      </msup>
      <mo>)</mo>
      <mo>)</mo>
      <mo>)</mo>
    </math>
  );
}
