/**
 * One head's attention in four stages: q · k, divided by √H, masked, softmax. All have the same order and the same cursor.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { chanceColour, valueColour } from "../../colour.ts";
import { activation, pieceText, round, weight } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";
import { Piece } from "../../parts/piece.tsx";
import { isDark } from "../../state.ts";
import type { Attention } from "./question.ts";

/** So many tokens have their names beside a matrix of a quarter of the width. */
const FEW = 16;

export function Stages({ attention: shown }: { attention: Attention }) {
  const { model, prompt } = overview.value;
  const { cell } = chosen.value;
  const { from, size, products, pattern, divisor, tokens, layer, head } = shown;
  const dark = isDark.value;
  const names = tokens.slice(from, from + size);
  const extent = products.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const [low, high] = [Math.min(...products), Math.max(...products)];
  const at = (r: number, c: number) => r * size + c;
  // Until the answer to a new text is there, the old one stays, and nothing of it is chosen.
  const isSeen = (at: number) => at >= from && at < from + size;
  const place =
    shown.prompt === prompt && cell.kind === "weight" && isSeen(cell.query) && isSeen(cell.key)
      ? ([cell.query - from, cell.key - from] as const)
      : undefined;
  const stages = [
    {
      title: "Score",
      what: "q · k",
      colourOf: (r: number, c: number) => valueColour(products[at(r, c)], extent, dark),
      say: (r: number, c: number) => activation(products[at(r, c)]),
      note: `${round(low)} … ${round(high)}, colour ± ${round(extent)}`,
    },
    {
      title: "Scaled",
      what: `÷ √${model.headDim} = ${divisor}`,
      colourOf: (r: number, c: number) => valueColour(products[at(r, c)], extent, dark),
      say: (r: number, c: number) => activation(products[at(r, c)] / divisor),
      note: `${round(low / divisor)} … ${round(high / divisor)}, colour ± ${round(extent / divisor)}`,
    },
    {
      title: "Masked",
      what: "only keys ≤ query",
      colourOf: (r: number, c: number) =>
        c > r ? undefined : valueColour(products[at(r, c)], extent, dark),
      say: (r: number, c: number) => (c > r ? "hidden" : activation(products[at(r, c)] / divisor)),
      note: "the future is hidden",
    },
    {
      title: "Softmax",
      what: "each row sums to 1",
      colourOf: (r: number, c: number) =>
        c > r ? undefined : chanceColour(pattern[at(r, c)], dark),
      say: (r: number, c: number) => (c > r ? "hidden" : weight(pattern[at(r, c)])),
      note: `0 … 1, ${dark ? "lighter" : "darker"} is more`,
    },
  ];
  const name = (i: number) => pieceText(names[i]?.piece ?? "");
  return (
    <div class={size > FEW ? "card stages many" : "card stages"} style={{ "--tokens": size }}>
      {stages.map(({ title, what, colourOf, say, note }, stage) => (
        <figure key={title}>
          <figcaption>
            <b>
              {stage + 1} {title}
            </b>
            <span>{what}</span>
          </figcaption>
          <div class="rows-names" aria-hidden="true">
            {names.map(({ piece }, i) => (
              <span key={i} class={i === place?.[0] ? "now" : ""}>
                <Piece piece={piece} />
              </span>
            ))}
          </div>
          <Matrix
            label={`${title}: ${what}, head ${layer}.${head}, queries down, keys across`}
            rows={size}
            columns={size}
            numbers={products}
            colourOf={colourOf}
            nameOf={(r, c) =>
              `query ${name(r)} ${from + r}, key ${name(c)} ${from + c}, ${title.toLowerCase()} ${say(r, c)}`
            }
            chosen={place}
            targetOf={(r, c) => ({ cell: { kind: "weight", query: from + r, key: from + c } })}
            isRowMarked
          />
          <div class="column-names" aria-hidden="true">
            {names.map(({ piece }, i) => (
              <span key={i} class={i === place?.[1] ? "now" : ""}>
                <Piece piece={piece} />
              </span>
            ))}
          </div>
          <small>{note}</small>
        </figure>
      ))}
      {size < tokens.length && (
        <p class="window-note">
          Tokens {from} to {from + size - 1} of {tokens.length}; choose another token above to move
          on.
        </p>
      )}
    </div>
  );
}
