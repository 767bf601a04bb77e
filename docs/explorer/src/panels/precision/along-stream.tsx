/**
 * How the rounding grows along the stream: at each depth the number that is furthest from the page's own, over the
 * stream's root mean square, on a logarithmic scale.
 * @module
 */
import { overview } from "../../answers.ts";
import { depthName } from "../../depth-name.ts";
import { distance } from "../../format.ts";
import { chosenWay, differences, nameAt } from "./measured.ts";
import { WAYS } from "./question.ts";

/** Powers of ten at the foot and the top of the picture. */
const FOOT = -9;
const TOP = 1;
/** Half a step of numbers near 1: what rounding changes at most, once. */
const STEPS = [
  { name: "bfloat16", half: 2 ** -9 },
  { name: "float32", half: 2 ** -24 },
];
/** So many depths have their names below. */
const NAMED = 9;

const height = (value: number) =>
  100 * Math.max(0, Math.min(1, (Math.log10(Math.max(value, 1e-30)) - FOOT) / (TOP - FOOT)));

export function AlongStream() {
  const { streams, pos } = overview.value;
  const depths = streams.length;
  const name = nameAt(chosenWay.value);
  const of = (way: string) => {
    const all = differences.value.get(way)?.stream;
    return all && Array.from(all.subarray(pos * depths, (pos + 1) * depths));
  };
  const mine = of(name);
  const x = (depth: number) => (100 * (depth + 0.5)) / depths;
  const line = (values: readonly number[]) =>
    values.map((value, depth) => `${x(depth)} ${100 - height(value)}`).join("L");
  const others = WAYS.map((_, i) => nameAt(i)).filter((way) => way !== name);
  const each = Math.ceil(depths / NAMED);
  return (
    <section class="card along" aria-label="Along the stream">
      <div class="card-title">
        <h3>How rounding grows along the stream</h3>
        <Formula />
      </div>
      <div
        class="plot"
        role="img"
        aria-label={`${name}, relative difference at each depth: ${
          mine?.map((value, d) => `${depthName(d)} ${distance(value)}`).join(", ") ?? "not measured"
        }`}
      >
        {[TOP, -1, -3, -5, -7, FOOT].map((power) => (
          <span key={power} class="level" style={{ bottom: `${height(10 ** power)}%` }}>
            <small>{power === 1 ? "10" : superscript(power)}</small>
          </span>
        ))}
        {STEPS.map(({ name: which, half }) => (
          <span key={which} class="half-step" style={{ bottom: `${height(half)}%` }}>
            <small>half a step of {which}</small>
          </span>
        ))}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          {others.map((way) => {
            const values = of(way);
            return values && values[0] + values[1] > 0 ? (
              <path key={way} class="other" d={`M${line(values)}`} />
            ) : null;
          })}
          {mine && mine[1] > 0 && <path class="mine" d={`M${line(mine)}`} />}
        </svg>
        {mine?.map((value, depth) => (
          <i
            key={depth}
            class={value === 0 ? "dot none" : "dot"}
            title={`${depthName(depth)}: ${distance(value)}`}
            style={{ left: `${x(depth)}%`, bottom: `${height(value)}%` }}
          />
        ))}
      </div>
      <div class="depths-below" aria-hidden="true" style={{ "--depths": depths }}>
        {streams.map(({ tap }, depth) => (
          <small key={tap}>
            {depth % each === 0 && (
              <>
                {shortName(depth)}
                {mine && <b>{distance(mine[depth])}</b>}
              </>
            )}
          </small>
        ))}
      </div>
      <p>
        A result is rounded where it is stored. bfloat16 keeps 8 binary digits, float32 24, float64
        53. {mine?.[0] === 0 && "The embedding is the same to the bit. "}Thin lines: the other ways.
      </p>
    </section>
  );
}

const shortName = (depth: number) =>
  depth === 0 ? "emb" : `${(depth - 1) >> 1} ${depth % 2 === 1 ? "attn" : "MLP"}`;

const superscript = (power: number) =>
  `10${String(power)
    .replace("-", "⁻")
    .replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)])}`;

function Formula() {
  return (
    <math>
      <mfrac>
        <mrow>
          <munder>
            <mi>max</mi>
            <mi>d</mi>
          </munder>
          <mo>|</mo>
          <msub>
            <mi>x</mi>
            <mi>d</mi>
          </msub>
          <mo>−</mo>
          <msubsup>
            <mi>x</mi>
            <mi>d</mi>
            <mn>64</mn>
          </msubsup>
          <mo>|</mo>
        </mrow>
        <mrow>
          <mi>rms</mi>
          <mo>(</mo>
          <msup>
            <mi>x</mi>
            <mn>64</mn>
          </msup>
          <mo>)</mo>
        </mrow>
      </mfrac>
    </math>
  );
}
