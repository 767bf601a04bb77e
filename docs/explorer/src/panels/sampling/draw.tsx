/**
 * The draw: the chances that stay lie end to end on a ruler from 0 to 1, and a number u falls on it.
 * @module
 */
import { chosen } from "../../answers.ts";
import { count, pieceText, round, weight } from "../../format.ts";
import { Choices } from "../../parts/choices.tsx";
import { Piece } from "../../parts/piece.tsx";
import { change, chooseCell, pin } from "../../state.ts";
import { DRAWS } from "./draws.ts";
import type { Candidate, Sampling } from "./question.ts";
import { SEED } from "./settings.ts";

/** Narrower shares have no room for a name. */
const NAMED = 0.06;
const NUMBERED = 0.16;
/** Seeds in a link have nine digits; a thousand follow. */
const LAST_SEED = 999_998_999;

export function Draw({ sampling }: { sampling: Sampling }) {
  const { u, drawn, candidates, seed, counts } = sampling;
  const { cell } = chosen.value;
  const name = pieceText(drawn.piece);
  const to = (next: number) => {
    if (!Number.isInteger(next) || next < 0 || next > LAST_SEED) return;
    change({ seed: next === SEED ? undefined : next });
  };
  const shown = candidates.filter(({ survives }) => survives);
  const now = shown.findIndex(({ id }) => cell.kind === "draw" && cell.id === id);
  const others = counts.afterTopK - shown.length;
  return (
    <section class="card the-draw" aria-label="The draw">
      <div class="card-title">
        <h3>
          {u === undefined ? "Greedy: nothing is drawn" : "The draw: a number u falls on the ruler"}
        </h3>
        <div class="again">
          <label>
            seed{" "}
            <input
              type="number"
              min={0}
              max={LAST_SEED}
              step={1}
              disabled={u === undefined}
              value={seed}
              onChange={({ currentTarget }) => {
                to(currentTarget.valueAsNumber);
                currentTarget.value = String(seed);
              }}
            />
          </label>
          <button type="button" disabled={u === undefined} onClick={() => to(seed + 1)}>
            Draw again
          </button>
        </div>
      </div>
      <div class="ruler">
        {u !== undefined && (
          <p class={u > 0.5 ? "u left" : "u"} style={{ left: `${100 * u}%` }}>
            <span>
              u = {weight(u)} → <Piece piece={drawn.piece} />
            </span>
          </p>
        )}
        <Choices
          label="The ruler"
          class="shares"
          count={shown.length}
          chosen={now < 0 ? undefined : now}
          choose={(i) => chooseCell({ kind: "draw", id: shown[i].id })}
          open={pin}
          moreOf={(i) => `from ${range(shown[i])}`}
          classOf={(i) => (shown[i].id === drawn.id ? "drawn" : "")}
          styleOf={(i) => ({
            left: `${100 * shown[i].interval[0]}%`,
            width: `${100 * shown[i].afterTopK}%`,
          })}
          item={(i) => {
            const { piece, afterTopK: share } = shown[i];
            return (
              <>
                {share > NAMED ? (
                  <Piece piece={piece} />
                ) : (
                  <span class="unseen">{pieceText(piece)}</span>
                )}
                {share > NUMBERED && <small>{weight(share)}</small>}
              </>
            );
          }}
        />
        <p class="ends">
          <span>0</span>
          <span>1</span>
        </p>
      </div>
      <p>
        {u === undefined
          ? `The highest logit wins each time: ${name}.`
          : `A text that is generated with seed ${seed} goes on with ${name}. Seeds ${count(seed)} to ${count(seed + DRAWS - 1)} drew it ${count(drawn.draws)} times; its share of ${count(DRAWS)} is ${round(drawn.afterTopK * DRAWS)}.`}
        {u !== undefined &&
          counts.afterTopK === counts.all &&
          " Nothing is cut, so the library leaves the shares in order of id."}
        {others > 0 && ` ${count(others)} rare tokens have no name here.`}
      </p>
    </section>
  );
}

const range = ({ interval: [from, to] }: Candidate) => `${weight(from)} to ${weight(to)}`;
