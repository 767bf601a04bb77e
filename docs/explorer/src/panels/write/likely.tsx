/**
 * One token that was written: its chance, and what else was likely.
 * @module
 */
import { finePercent, pieceText } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";
import type { Step } from "./question.ts";

export function Likely({ step, at }: { step: Step | undefined; at: number | undefined }) {
  if (at === undefined || step === undefined) {
    return (
      <section class="card likely" aria-label="What else was likely">
        <h3>What else was likely</h3>
        <p class="muted">
          {at === undefined
            ? "Each written token will have its rivals here. Point at one, or choose it."
            : "This token was given. Only written tokens have rivals."}
        </p>
      </section>
    );
  }
  const { likely, id, rank } = step;
  const rows = likely.some((other) => other.id === id) ? likely : [...likely, step];
  return (
    <section class="card likely" aria-label="What else was likely">
      <h3>
        What else was likely at {at}, <Piece piece={step.piece} />
      </h3>
      <ol class="chance-bars">
        {rows.map(({ id: other, piece, chance }) => (
          <li key={other} class={other === id ? "taken" : ""}>
            <div>
              <span class="piece" title={pieceText(piece)}>
                {other === id && <span class="unseen">taken: </span>}
                <Piece piece={piece} />
              </span>
              <i class="track" aria-hidden="true">
                <i style={{ width: `${chance * 100}%` }} />
              </i>
              <b>{finePercent(chance)}</b>
            </div>
          </li>
        ))}
      </ol>
      <p class="muted">
        <b>▸</b> was taken, {rank === 0 ? "the likeliest" : `after ${rank} likelier`}. Chances are
        the model’s own: temperature and cuts come after.
      </p>
    </section>
  );
}
