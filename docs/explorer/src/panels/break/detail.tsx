/**
 * The bug that is on: what is done wrong, and what becomes of the text.
 * @module
 */
import { overview } from "../../answers.ts";
import { activation, pieceText } from "../../format.ts";
import { ChanceBars } from "../../parts/chance-bars.tsx";
import { Moved } from "./moved.tsx";
import type { Break, Broken, Bug } from "./question.ts";
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
    </section>
  );
}

function Effect({ told, broken }: { told: Break; broken: Broken }) {
  const { whole, isSame, rounding, pos } = told;
  const { change, next, words, unseen } = broken;
  const token = pieceText(overview.value.tokens[pos]?.piece ?? "");
  return (
    <>
      {unseen === undefined ? (
        <p class="cost">
          <b>{activation(change)}</b>
          <span>
            is the largest change of a logit after “{token}” <Formula />
            {change < rounding && (
              <>
                . That is less than float32 rounds, {activation(rounding)}: nobody could see it
                there
              </>
            )}
          </span>
        </p>
      ) : (
        <p class="cannot">
          <b>Cannot show here:</b> {unseen}.
        </p>
      )}
      <div class="sides">
        <div>
          <h4>The next word, as it is</h4>
          <ChanceBars chances={whole.next} />
        </div>
        <div class="with-bug">
          <h4>With the bug</h4>
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
