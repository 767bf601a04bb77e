/**
 * The product of the query and the key as a curve over their distance, and what has to hold of any turn.
 * @module
 */
import { activation, round } from "../../format.ts";
import { isWide } from "../../state.ts";
import type { Rope, Turned } from "./question.ts";

const [TOP, FOOT, LEFT, RIGHT] = [28, 26, 44, 16];

export function Distance({ rope }: { rope: Rope }) {
  const { curve, q, k, product } = rope;
  const [width, height] = isWide.value ? [560, 200] : [330, 200];
  const [low, high] = [Math.min(0, ...curve), Math.max(0, ...curve)];
  const x = (distance: number) => LEFT + (distance / (curve.length - 1)) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + ((high - value) / (high - low || 1)) * (height - TOP - FOOT);
  const [now, own] = [q.to - k.to, q.at - k.at];
  const path = [...curve].map((value, d) => `${x(d)} ${y(value)}`).join("L");
  const ticks = [0, 0.25, 0.5].map((share) => share * curve.length);
  const isLeft = x(now) < width / 2;
  return (
    <section class="card distance" aria-label="The product by distance">
      <div class="card-title">
        <h3>q · k, if the key stood further back</h3>
        <Formula />
      </div>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`q · k by distance: ${activation(product)} at ${now}; from ${activation(low)} to ${activation(high)} over ${curve.length} distances`}
      >
        <path class="level" d={`M${LEFT} ${y(0)}H${width - RIGHT}`} />
        {[low, 0, high].map((value) => (
          <text key={value} x={LEFT - 6} y={y(value) + 4} text-anchor="end">
            {value === 0 ? 0 : round(value)}
          </text>
        ))}
        {ticks.map((d) => (
          <text key={d} x={x(d)} y={height - 8} text-anchor="middle">
            {d}
          </text>
        ))}
        <text x={width - RIGHT} y={height - 8} text-anchor="end">
          tokens back
        </text>
        <path class="curve" d={`M${path}`} />
        <circle class="own" cx={x(own)} cy={y(curve[own])} r="6" />
        <path class="here" d={`M${x(now)} ${TOP - 8}V${height - FOOT}`} />
        <circle class="now" cx={x(now)} cy={y(product)} r="4.5" />
        <text
          class="said"
          x={x(now) + (isLeft ? -4 : 4)}
          y={TOP - 14}
          text-anchor={isLeft ? "start" : "end"}
        >
          {now} back: {activation(product)}
        </text>
      </svg>
      <p class="legend">● where the sliders are · ○ where the tokens stand</p>
      <Holds of="q" turned={q} rope={rope} />
      <Holds of="k" turned={k} rope={rope} />
    </section>
  );
}

/** Why only the distance counts: a pair's part of the product depends on the angle between its two hands. */
function Formula() {
  return (
    <math>
      <mi>q</mi>
      <mo>·</mo>
      <mi>k</mi>
      <mo>=</mo>
      <munder>
        <mo>∑</mo>
        <mi>i</mi>
      </munder>
      {["q", "k"].map((of) => (
        <mrow key={of}>
          <mo>|</mo>
          <msub>
            <mi>{of}</mi>
            <mi>i</mi>
          </msub>
          <mo>|</mo>
        </mrow>
      ))}
      <mi>cos</mi>
      <mo>(</mo>
      <msub>
        <mi>α</mi>
        <mi>i</mi>
      </msub>
      <mo>+</mo>
      <mi>distance</mi>
      <mo>·</mo>
      <msub>
        <mi>θ</mi>
        <mi>i</mi>
      </msub>
      <mo>)</mo>
    </math>
  );
}

/** A turn leaves the length, and at its own position it is the model's. */
function Holds({ of, turned, rope }: { of: "q" | "k"; turned: Turned; rope: Rope }) {
  const { lengthBefore, lengthAfter, at, isTap } = turned;
  const off = Math.abs(lengthAfter - lengthBefore);
  return (
    <p class="holds-of">
      <b class={of}>{of}</b>: length {activation(lengthBefore)} before, {activation(lengthAfter)}{" "}
      turned ({off === 0 ? "equal" : `off by ${activation(off)}`}).{" "}
      <span class={isTap ? "holds" : "fails"}>
        {isTap ? "✓ equals" : "✗ is not"} blocks.{rope.layer}.attn.hook_rot_{of}
      </span>{" "}
      at {at}.
    </p>
  );
}
