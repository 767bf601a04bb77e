/**
 * What the sum is, and why it is a difference.
 * @module
 */

import { overview } from "../../answers.ts";
import { activation, round } from "../../format.ts";
import { partAt } from "../../model-part.ts";
import { partWords } from "../../off.ts";
import { Choices } from "../../parts/choices.tsx";
import { PartFormula } from "../../parts/formulas.tsx";
import { Piece } from "../../parts/piece.tsx";
import { change, view } from "../../state.ts";
import type { Attribution } from "./question.ts";
import { Key } from "./waterfall.tsx";

/** How far a sum in float64 may be off; of a model that rounds its stream to less nothing is claimed. */
const EXACT = 1e-10;

const VIEWS = ["as computed", "largest first"];

export function Sum({ attribution }: { attribution: Attribution }) {
  const { logits, whole, sum, against } = attribution;
  const apart = Math.abs(sum - whole);
  const { precision } = overview.value.model;
  const isDefinition = precision === "float64";
  return (
    <div class="sum">
      <p>
        {against ? (
          <>
            Each part’s share in the difference of two logits, {activation(logits.token)} −{" "}
            {activation(logits.against ?? 0)}.
          </>
        ) : (
          <>Each part’s share in one logit, {activation(logits.token)}.</>
        )}{" "}
        Each bar begins where the last one ended.
      </p>
      <Choices
        label="Order of the parts"
        class="segments"
        count={VIEWS.length}
        chosen={view.value === "sorted" ? 1 : 0}
        choose={(i) => change({ view: i === 1 ? "sorted" : undefined })}
        item={(i) => VIEWS[i]}
      />
      <p class={apart < EXACT ? "exact holds-too" : "exact"}>
        {isDefinition && (apart < EXACT ? "✓ " : "✗ ")}The bars sum to the model’s own{" "}
        {against ? "difference" : "logit"}{" "}
        <small>
          {apart === 0 ? "to the last bit" : `within ${activation(apart)}`};{" "}
          {isDefinition
            ? "allowed in float64: 1e−10"
            : `in ${precision} the model rounds the stream at every step`}
        </small>
      </p>
      <Key attribution={attribution} />
    </div>
  );
}

export function WhyCompare({ attribution }: { attribution: Attribution }) {
  const { token, against, lift, logits, scale } = attribution;
  const { other, part, gives, givesOther, othersLogit } = lift;
  const mine = partAt(part, overview.value.model.heads);
  return (
    <section class="card why" aria-label="How to read this">
      <h3>Why two words are compared</h3>
      <p>
        Alone, {mine ? partWords(mine) : "the embedding"} gives <Piece piece={token.piece} />{" "}
        {activation(gives)} of its {activation(logits.token)}, and explains nothing:{" "}
        <Piece piece={other.piece} /> gets {activation(givesOther)} of its {activation(othersLogit)}{" "}
        from it. What lifts both cancels in the difference. What stays is why this one.
      </p>
      <p>
        {against ? (
          <button type="button" class="link" onClick={() => change({ against: "none" })}>
            See one word alone
          </button>
        ) : (
          <button type="button" class="link" onClick={() => change({ against: undefined })}>
            Compare two words
          </button>
        )}
      </p>
      <h3>How a logit is a sum</h3>
      <math display="block">
        <mrow>
          <mi>logit</mi>
          <mo>=</mo>
          <munder>
            <mo>∑</mo>
            <mi>parts</mi>
          </munder>
          <PartFormula />
        </mrow>
      </math>
      <p>
        The stream is all parts added up. The last norm divides it by its scale, here {round(scale)}
        , and multiplies by 1 + w. The token’s row of the table makes it a logit. The scale is held
        as it was in the run: without that, no part would have a share of its own.
      </p>
    </section>
  );
}
