/**
 * One more token, with the cache and without: rows, multiply-adds, time, and the same logits.
 * @module
 */
import { allDigits, count } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";
import type { Cache } from "./question.ts";
import { multiplyAdds } from "./shapes.ts";

export function OneMore({ cache }: { cache: Cache }) {
  const { tokens, rows, config, cached, anew, difference } = cache;
  const work = multiplyAdds(config, rows);
  const ways = [
    { name: "with the cache", pass: cached, products: work.cached },
    { name: "without it", pass: anew, products: work.anew },
  ];
  return (
    <section class="card one-more" aria-label="What one more token costs">
      <h3>
        What “<Piece piece={tokens[rows - 1].piece} />” cost
      </h3>
      <div class="scrolls" role="region" aria-label="Cost as a table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col" class="number">
                rows
              </th>
              <th scope="col" class="number">
                multiply-adds
              </th>
              <th scope="col" class="number">
                here, fastest run
              </th>
            </tr>
          </thead>
          <tbody>
            {ways.map(({ name, pass, products }) => (
              <>
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="number">{count(pass.rows)}</td>
                  <td class="number">{count(products)}</td>
                  <td class="number">{pass.milliseconds.toFixed(1)} ms</td>
                </tr>
                <tr key={`${name}, bar`} class="bar-row" aria-hidden="true">
                  <td colSpan={4}>
                    <i class="track">
                      <i style={{ width: `${(100 * products) / work.anew}%` }} />
                    </i>
                  </td>
                </tr>
              </>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        Without it, all {count(rows)} {rows === 1 ? "row is" : "rows are"} computed again for one
        new logit row. Counted are the products with weights, and the query with each key and value.
      </p>
      <p class={difference === 0 ? "same holds" : "same"}>
        {difference === 0 ? "✓ the same logits, to the last bit" : "not the same logits"}
        <span>
          : of {count(config.vocabSize)}, the largest difference is <b>{allDigits(difference)}</b>.
          The highest logit is {allDigits(cached.top)} with it, {allDigits(anew.top)} without.
        </span>
      </p>
    </section>
  );
}
