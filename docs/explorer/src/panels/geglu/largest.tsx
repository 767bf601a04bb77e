/**
 * The units whose products are furthest from 0, the furthest first.
 * @module
 */
import { activation, hundredths } from "../../format.ts";
import { Choices } from "../../parts/choices.tsx";
import { chooseCell } from "../../state.ts";
import type { Geglu } from "./question.ts";

const COUNT = 20;

export function Largest({ answer: { opened, up, post, layer, unit } }: { answer: Geglu }) {
  const units = [...post.keys()]
    .sort((a, b) => Math.abs(post[b]) - Math.abs(post[a]))
    .slice(0, COUNT);
  const most = Math.abs(post[units[0]]) || 1;
  const at = units.indexOf(unit);
  return (
    <section class="card" aria-label="The largest units">
      <div class="card-title">
        <h3>The {units.length} largest</h3>
        <p>unit · GELU(gate) × up = product</p>
      </div>
      <Choices
        label="Units by size of their product"
        class="largest"
        isVertical
        count={units.length}
        chosen={at < 0 ? undefined : at}
        choose={(i) => chooseCell({ kind: "unit", unit: units[i] }, { layer })}
        moreOf={() => "unit, gate, up, product"}
        styleOf={(i) => ({ "--share": Math.abs(post[units[i]]) / most })}
        item={(i) => {
          const f = units[i];
          return (
            <>
              <span>{f}</span>
              <span class="gate">{hundredths(opened[f])}</span>
              <span class="up">× {hundredths(up[f])}</span>
              <i class="size" aria-hidden="true">
                <i class={post[f] < 0 ? "below" : "above"} />
              </i>
              <b>{activation(post[f])}</b>
            </>
          );
        }}
      />
    </section>
  );
}
