/**
 * The next word, with all on and without what is off.
 * @module
 */
import { overview } from "../../answers.ts";
import { count, percent } from "../../format.ts";
import { offWords } from "../../off.ts";
import { ChanceBars } from "../../parts/chance-bars.tsx";
import { Piece } from "../../parts/piece.tsx";
import type { Without } from "./question.ts";

export function BeforeAfter({ without }: { without: Without }) {
  const { before, after, answer, off } = without;
  const [{ piece, chance }] = before;
  const { vocabSize } = overview.value.model;
  const words = off.length === 0 ? "nothing off" : `without ${offWords(off)}`;
  return (
    <section class="card before-after" aria-label="The next word, before and after">
      <h3>What it says {words}</h3>
      <p class="figure">
        <Piece piece={piece} /> {percent(chance)} → <b>{percent(answer.chance)}</b>
      </p>
      <p>
        {answer.rank === 1 ? (
          `Still the first of ${count(vocabSize)} tokens.`
        ) : (
          <>
            Now number {answer.rank} of {count(vocabSize)} tokens. <Piece piece={after[0].piece} />{" "}
            is the first.
          </>
        )}
      </p>
      <div class="lists">
        <div>
          <h4>all on</h4>
          <ChanceBars chances={before} />
        </div>
        <div class="after">
          <h4>{off.length > 1 ? `without these ${off.length}` : words}</h4>
          <ChanceBars chances={after} />
        </div>
      </div>
      <p class="how">
        <math>
          <mrow>
            <mi>attention</mi>
            <mo>=</mo>
            <munder>
              <mo>∑</mo>
              <mi>n</mi>
            </munder>
            <msub>
              <mi>z</mi>
              <mi>n</mi>
            </msub>
            <mo>·</mo>
            <msubsup>
              <mi>O</mi>
              <mi>n</mi>
              <mi>T</mi>
            </msubsup>
          </mrow>
        </math>
        <span>
          A head that is off hands on z = 0, as if its columns of the output matrix O were 0. A unit
          that is off is 0 as well; an MLP that is off adds nothing. All else is computed as ever.
        </span>
      </p>
    </section>
  );
}
