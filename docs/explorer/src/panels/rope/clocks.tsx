/**
 * All pairs as clocks: a hand for the query's, one for the key's; thin, where they were at position 0. Below each, what the
 * pair adds to the product.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { activation } from "../../format.ts";
import { AsTable } from "../../parts/as-table.tsx";
import { Matrix } from "../../parts/matrix.tsx";
import { isWide } from "../../state.ts";
import { Clock, largestPair } from "./clock.tsx";
import type { Rope } from "./question.ts";
import { degrees, pairOf } from "./turns.ts";

const HEADS = ["a position", "q, first", "q, second", "k, first", "k, second", "adds"];
/** Width and height of a clock with its bar. */
const [WIDTH, HEIGHT] = [40, 50];
const MIDDLE = WIDTH / 2;
const RADIUS = 17;
const BAR = 16;

export function Clocks({ rope }: { rope: Rope }) {
  const { pairs, turns, parts, q, k } = rope;
  const { cell } = chosen.value;
  const columns = isWide.value ? 16 : 8;
  const rows = Math.ceil(pairs.length / columns);
  const at = pairOf(rope, cell);
  const isCurrent = rope.prompt === overview.value.prompt;
  const most = Math.max(...[...parts].map(Math.abs));
  const largest = largestPair(rope);
  return (
    <section class="card clocks" aria-label="All pairs">
      <div class="card-title">
        <h3>{pairs.length} clocks, one for each pair of numbers; those to the right are slower</h3>
        <p class="legend">
          <i class="q">● q</i> at {q.to} <i class="k">■ k</i> at {k.to} · thin: at 0 · bar: what the
          pair adds to q · k, up to {activation(most)}
        </p>
      </div>
      <Matrix
        label="Pairs, the fastest first"
        rows={rows}
        columns={columns}
        count={pairs.length}
        numbers={rope}
        nameOf={(r, c) => {
          const i = r * columns + c;
          return `pair ${i}, dimensions ${pairs[i]?.join(" and ")}, turns ${degrees(turns[i])} a position, adds ${activation(parts[i] ?? 0)}`;
        }}
        chosen={isCurrent ? [Math.floor(at / columns), at % columns] : undefined}
        targetOf={(r, c) => ({
          cell: {
            kind: "turned",
            of: cell.kind === "turned" ? cell.of : "q",
            dim: pairs[r * columns + c][0],
          },
        })}
      >
        <svg viewBox={`0 0 ${columns * WIDTH} ${rows * HEIGHT}`} aria-hidden="true">
          {pairs.map((pair, i) => {
            const share = (MIDDLE - 3) * (parts[i] / most);
            return (
              <g
                key={pair[0]}
                transform={`translate(${(i % columns) * WIDTH} ${Math.floor(i / columns) * HEIGHT})`}
              >
                <g transform={`translate(${MIDDLE} ${RADIUS + 3})`}>
                  <Clock rope={rope} pair={i} radius={RADIUS} largest={largest} />
                </g>
                <path class="zero" d={`M${MIDDLE} ${HEIGHT - BAR + 6}v6`} />
                <rect
                  class={share < 0 ? "below" : "above"}
                  x={MIDDLE + Math.min(0, share)}
                  y={HEIGHT - BAR + 7}
                  width={Math.abs(share)}
                  height="4"
                />
              </g>
            );
          })}
        </svg>
      </Matrix>
      <p class="speeds">
        <span>pair 0 turns {degrees(turns[0])} a position</span>
        <span>
          pair {pairs.length - 1} turns {degrees(turns[turns.length - 1])}
        </span>
      </p>
      <AsTable
        caption={`Each pair: the query turned to ${q.to}, the key to ${k.to}`}
        corner="dimensions"
        rows={pairs.length}
        columns={6}
        rowHead={(i) => pairs[i].join(", ")}
        columnHead={(c) => HEADS[c]}
        cell={(i, c) => {
          const [a, b] = pairs[i];
          if (c === 0) return degrees(turns[i]);
          return activation([q.after[a], q.after[b], k.after[a], k.after[b], parts[i]][c - 1]);
        }}
      />
    </section>
  );
}
