/**
 * One pair: its clock, its angles, and its four numbers before and after the turn.
 * @module
 */

import { chosen } from "../../answers.ts";
import { activation } from "../../format.ts";
import { AngleFormula } from "../../parts/formulas.tsx";
import { choose } from "../../state.ts";
import { Clock, largestPair } from "./clock.tsx";
import type { Rope } from "./question.ts";
import { angle, pairOf } from "./turns.ts";

const RADIUS = 60;

export function Pair({ rope }: { rope: Rope }) {
  const { cell } = chosen.value;
  const { pairs, turns, theta, parts, q, k } = rope;
  const i = pairOf(rope, cell);
  const H = 2 * pairs.length;
  const isAt = (of: "q" | "k", dim: number) =>
    cell.kind === "turned" && cell.of === of && cell.dim === dim;
  return (
    <section class="card one-pair" aria-label="The chosen pair">
      <h3>
        Pair {i}: dimensions {pairs[i].join(" and ")}
      </h3>
      <div class="pair-body">
        <svg viewBox="-84 -74 168 148" aria-hidden="true">
          <Clock rope={rope} pair={i} radius={RADIUS} largest={largestPair(rope)} isNamed />
        </svg>
        <div>
          <table>
            <thead>
              <tr>
                <th scope="col">dimension</th>
                <th scope="col" class="number">
                  at 0
                </th>
                <th scope="col" class="number">
                  turned
                </th>
              </tr>
            </thead>
            <tbody>
              {(["q", "k"] as const).flatMap((of) =>
                pairs[i].map((dim) => (
                  <tr key={`${of}${dim}`} class={isAt(of, dim) ? "now" : ""}>
                    <th scope="row" class={of}>
                      {of} [{dim}]
                    </th>
                    <td class="number">{activation(rope[of].before[dim])}</td>
                    <td class="number">
                      <button
                        type="button"
                        class="link"
                        aria-label={`${of} ${dim} turned: ${activation(rope[of].after[dim])}`}
                        onClick={() => choose({ cell: { kind: "turned", of, dim } })}
                      >
                        {activation(rope[of].after[dim])}
                      </button>
                    </td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </div>
      </div>
      <math display="block">
        <AngleFormula />
      </math>
      {(["q", "k"] as const).map((of) => (
        <p key={of}>
          <b class={of}>{of}</b>: {rope[of].to} · {theta}
          <sup>
            −{2 * i}/{H}
          </sup>{" "}
          = {angle(rope[of].to * turns[i])}
        </p>
      ))}
      <p>
        It adds <b>{activation(parts[i])}</b> to q · k.
        {(q.to !== q.at || k.to !== k.at) &&
          " The inspector has these numbers as the model had them: where the tokens stand."}
      </p>
    </section>
  );
}
