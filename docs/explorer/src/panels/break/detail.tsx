/**
 * The bug that is on: what is done wrong, and what becomes of the text.
 * @module
 */
import { pieceText } from "../../format.ts";
import { ChanceBars } from "../../parts/chance-bars.tsx";
import { Moved } from "./moved.tsx";
import { changeText } from "./outcome.ts";
import { type Break, type Broken, type Bug, componentOf } from "./question.ts";
import { Words } from "./words.tsx";

export function BugDetail({ told, bug }: { told: Break; bug: Bug }) {
  const broken = told.broken[bug.id];
  const { mistake, fix, seen } = bug;
  return (
    <section class="card bug" aria-label="The bug that is on">
      <h3>{mistake}</h3>
      <dl class="about">
        <div>
          <dt>Gemma</dt>
          <dd>{fix}</dd>
        </div>
        {seen !== undefined && (
          <div>
            <dt>Made by</dt>
            <dd>{seen}</dd>
          </div>
        )}
        {broken?.note !== undefined && (
          <div>
            <dt>Note</dt>
            <dd>{broken.note}</dd>
          </div>
        )}
      </dl>
      {broken === undefined ? (
        <p class="wait">Computing.</p>
      ) : (
        <Effect told={told} broken={broken} />
      )}
      <p class="source">
        Switched on as in the suite: <code>{bug.id}</code>, defined in{" "}
        <code>src/conformance/mutants/{componentOf(bug.id)}.ts</code>
      </p>
    </section>
  );
}

function Effect({ told, broken }: { told: Break; broken: Broken }) {
  const { whole, isSame, rounding, after } = told;
  const { change, next, words, unseen } = broken;
  return (
    <>
      {unseen === undefined ? (
        <p class="cost">
          <b>{changeText(change)}</b>
          <span>
            is the most that a token’s logit changes after “{pieceText(after.piece)}”
            {change < rounding &&
              `: less than float32 rounds, ${changeText(rounding)}, so that nobody could see it there`}
            <Formula />
          </span>
        </p>
      ) : (
        <p class="cannot">
          <b>Cannot show here:</b> {unseen}.
        </p>
      )}
      <div class="sides">
        <div>
          <h4>Next word, as it is</h4>
          <ChanceBars chances={whole.next} />
        </div>
        <div class="with-bug">
          <h4>Next word, with the bug</h4>
          <ChanceBars chances={next} />
        </div>
      </div>
      <Words right={whole.words} wrong={words} />
      {unseen === undefined && <Moved broken={broken} />}
      <p class={isSame ? "same holds" : "same"}>
        {isSame
          ? "✓ With no bug on, this engine gives the library’s logits to the last bit."
          : "✗ With no bug on, this engine does not give the library’s logits."}{" "}
        <span>Both sides in float64.</span>
      </p>
    </>
  );
}

/** The most, over all v, of |z′ᵥ − zᵥ|. */
function Formula() {
  return (
    <math aria-label="the most over all tokens v of the difference of z with the bug and z without">
      <munder>
        <mo>max</mo>
        <mi>v</mi>
      </munder>
      <mrow>
        <mo>|</mo>
        <msubsup>
          <mi>z</mi>
          <mi>v</mi>
          <mtext>bug</mtext>
        </msubsup>
        <mo>−</mo>
        <msub>
          <mi>z</mi>
          <mi>v</mi>
        </msub>
        <mo>|</mo>
      </mrow>
    </math>
  );
}
