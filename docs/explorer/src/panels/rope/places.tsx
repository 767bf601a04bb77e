/**
 * Where the query and the key stand: two sliders, and what their product is there.
 * @module
 */
import { overview } from "../../answers.ts";
import { activation, allDigits, pieceText } from "../../format.ts";
import { change, keyAt, queryAt, view } from "../../state.ts";
import type { Rope } from "./question.ts";
import { isNeighboursIn, viewOf } from "./views.ts";

interface Own {
  readonly query: number;
  readonly key: number;
}

export function Places({ rope, own, isLocked }: { rope: Rope; own: Own; isLocked: boolean }) {
  const last = overview.value.model.contextLength - 1;
  const { q, k, product, ownProduct } = rope;
  const query = queryAt.value ?? own.query;
  const key = Math.min(keyAt.value ?? own.key, query);
  const distance = query - key;
  const to = (newQuery: number, newKey: number) =>
    change({
      queryAt: newQuery === own.query ? undefined : newQuery,
      keyAt: newKey === own.key ? undefined : newKey,
    });
  const moveQuery = (at: number) => to(at, isLocked ? at - distance : Math.min(key, at));
  const moveKey = (at: number) => to(isLocked ? at + distance : query, at);
  const isMoved = query !== own.query || key !== own.key;
  return (
    <section class="card places" aria-label="Positions">
      <div class="sliders">
        <Slider
          of="q"
          text={`query of “${pieceText(q.token.piece)}”`}
          at={query}
          from={isLocked ? distance : 0}
          to={last}
          move={moveQuery}
        />
        <Slider
          of="k"
          text={`key of “${pieceText(k.token.piece)}”`}
          at={key}
          from={0}
          to={isLocked ? last - distance : query}
          move={moveKey}
        />
        <p class="set">
          <label class="check-box">
            <input
              type="checkbox"
              checked={isLocked}
              onChange={({ currentTarget }) => {
                change({
                  view: viewOf(isNeighboursIn(view.value as "locked"), currentTarget.checked),
                });
              }}
            />{" "}
            lock the distance: move both
          </label>
          {isMoved && (
            <button type="button" class="link" onClick={() => to(own.query, own.key)}>
              back to where they stand
            </button>
          )}
        </p>
      </div>
      <div class="product">
        <p>q · k at distance {q.to - k.to}</p>
        <p class="most">{activation(product)}</p>
        <p class="digits">
          <Digits now={product} own={ownProduct} />
        </p>
        <p>{saying(rope)}</p>
      </div>
    </section>
  );
}

function saying({ q, k, product, ownProduct, modelProduct, isNeighbours }: Rope): string {
  const own = q.at - k.at;
  const now = q.to - k.to;
  if (isNeighbours) {
    return `Neighbours tell distances as well. But the model learned in halves, and had ${activation(modelProduct)} here.`;
  }
  if (now !== own) return `At their own distance, ${own}, it is ${activation(ownProduct)}.`;
  if (q.to === q.at) return "Their own positions. Lock the distance and move them: it stays.";
  const off = Math.abs(product - ownProduct);
  return `Both moved by ${Math.abs(q.to - q.at)}: the same but for ${off === 0 ? "nothing" : activation(off)}, by rounding.`;
}

/** All digits; those that are as at the tokens' own positions are bold. */
function Digits({ now, own }: { now: number; own: number }) {
  const [text, before] = [allDigits(now), allDigits(own)];
  let same = 0;
  while (same < text.length && text[same] === before[same]) same++;
  return (
    <span title={`where the tokens stand: ${before}`}>
      <b>{text.slice(0, same)}</b>
      {text.slice(same)}
    </span>
  );
}

function Slider(props: {
  of: "q" | "k";
  text: string;
  at: number;
  from: number;
  to: number;
  move(at: number): void;
}) {
  const { of, text, at, from, to, move } = props;
  const set = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const { valueAsNumber: value } = currentTarget;
    if (Number.isInteger(value) && value >= from && value <= to) move(value);
  };
  const bounds = { min: from, max: to, value: at, onInput: set };
  return (
    <div class={`slider ${of}`}>
      <label for={`${of}-at`}>
        <b>{of}</b> {text}, at position
      </label>
      <input type="range" aria-label={`Position of the ${text}`} {...bounds} />
      <input type="number" id={`${of}-at`} {...bounds} />
    </div>
  );
}
