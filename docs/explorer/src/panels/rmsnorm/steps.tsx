/**
 * The three steps of a norm as rows of bars: as it is, over its root mean square, times one plus the weight.
 * @module
 */

import { chosen, overview } from "../../answers.ts";
import { activation, round } from "../../format.ts";
import { NormFormula } from "../../parts/formulas.tsx";
import type { RmsNorm, Way } from "./question.ts";
import { Row } from "./row.tsx";

export function Steps({ answer, way }: { answer: RmsNorm; way: Way }) {
  const { prompt, norm, x, meanSquare, eps, scale, normalized, gain, out } = answer;
  const { cell } = chosen.value;
  const isHere = prompt === overview.value.prompt && cell.kind === "norm" && cell.norm === norm;
  const at = { norm, dim: isHere ? cell.dim : undefined };
  const isRight = way.mistake === undefined;
  return (
    <section class="card steps" aria-label="The three steps">
      <div class="card-title">
        <h3>Three steps, {x.length} numbers each</h3>
        <math>
          <mi>y</mi>
          <mo>=</mo>
          <NormFormula />
        </math>
      </div>
      <Row {...at} title="1 As it is" what="x, the stream" values={x} />
      <Row
        {...at}
        title="2 ÷ scale"
        what={`÷ √(${activation(meanSquare)} + ${eps.toFixed(6)}) = ${activation(scale)}`}
        values={normalized}
        beside={out}
      />
      <Row
        {...at}
        isSmall
        title="gain"
        what={`1 + w, learned: ${round(Math.min(...gain))} … ${round(Math.max(...gain))}`}
        values={gain}
      />
      <Row
        {...at}
        title="3 × (1 + w)"
        what={isRight ? "y, to the same scale as 2" : "done wrong; outlined: done right"}
        values={way.out}
        beside={normalized}
        right={isRight ? undefined : out}
      />
    </section>
  );
}
