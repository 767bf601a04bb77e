/**
 * The chosen query's row as numbers, the highest score first.
 * @module
 */
import { signal } from "@preact/signals";
import { chosen } from "../../answers.ts";
import { activation, pieceText, weight } from "../../format.ts";
import type { Token } from "../../messages.ts";
import { Piece } from "../../parts/piece.tsx";
import { chooseCell } from "../../state.ts";
import type { Attention } from "./question.ts";

const FEW = 6;
const isWhole = signal(false);

export function AttentionRow({ attention, token }: { attention: Attention; token: Token }) {
  const { tokens } = attention;
  const { cell } = chosen.value;
  const { rowProducts, rowPattern, divisor, pos, head } = attention;
  const keys = [...rowProducts.keys()].sort((a, b) => rowProducts[b] - rowProducts[a]);
  const shown = isWhole.value ? keys : keys.slice(0, FEW);
  const highest = rowProducts[keys[0]] / divisor;
  const first = keys[0];
  return (
    <section class="card row-table" aria-label="The chosen row">
      <div class="card-title">
        <h3>The row of “{pieceText(token.piece)}” as numbers</h3>
        <p>
          sorted by score, {shown.length} of {keys.length}
          {keys.length > FEW && (
            <>
              {" · "}
              <button
                type="button"
                class="link"
                onClick={() => {
                  isWhole.value = !isWhole.value;
                }}
              >
                {isWhole.value ? `the first ${FEW}` : "all"}
              </button>
            </>
          )}
        </p>
      </div>
      <div class="scrolls" role="region" aria-label="Row as a table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">
                key
              </th>
              <th scope="col">token</th>
              <th scope="col" class="number">
                q · k
              </th>
              <th scope="col" class="number">
                ÷ {divisor}
              </th>
              <th scope="col" class="number">
                exp(s − max)
              </th>
              <th scope="col" class="number">
                weight
              </th>
              <th scope="col" class="bar">
                <span class="unseen">as a bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((key) => (
              <tr
                key={key}
                class={cell.kind === "weight" && cell.key === key ? "now" : ""}
                onClick={() => chooseCell({ kind: "weight", query: pos, key })}
              >
                <td class="number">{key}</td>
                <th scope="row">
                  <Piece piece={tokens[key]?.piece ?? ""} />
                </th>
                <td class="number">{activation(rowProducts[key])}</td>
                <td class="number">{activation(rowProducts[key] / divisor)}</td>
                <td class="number">{weight(Math.exp(rowProducts[key] / divisor - highest))}</td>
                <td class="number">{weight(rowPattern[key])}</td>
                <td class="bar">
                  <i class="track" aria-hidden="true">
                    <i style={{ width: `${100 * rowPattern[key]}%` }} />
                  </i>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        {rowPattern[first] > 0.9 ? (
          <>
            What head {head} hands on is almost exactly the value of{" "}
            <Piece piece={tokens[first]?.piece ?? ""} />.
          </>
        ) : (
          <>
            Head {head} hands on a mixture of values; most of it, {weight(rowPattern[first])}, from{" "}
            <Piece piece={tokens[first]?.piece ?? ""} />.
          </>
        )}
      </p>
    </section>
  );
}
