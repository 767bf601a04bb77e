/**
 * Gate, up and their product, a cell for each unit, in the same order.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { valueColour } from "../../colour.ts";
import { activation, round } from "../../format.ts";
import { AsTable } from "../../parts/as-table.tsx";
import { Matrix } from "../../parts/matrix.tsx";
import { isDark } from "../../state.ts";
import type { Geglu } from "./question.ts";

const COLUMNS = 24;

export function Maps({ answer }: { answer: Geglu }) {
  const { prompt, gate, up, post, layer, isTap } = answer;
  const { cell, layer: now } = chosen.value;
  const { firing } = overview.value.layers[layer];
  const dark = isDark.value;
  const isHere = prompt === overview.value.prompt && cell.kind === "unit" && layer === now;
  const place = isHere
    ? ([Math.floor(cell.unit / COLUMNS), cell.unit % COLUMNS] as const)
    : undefined;
  const maps = [
    { name: "gate", what: "norm(x) · gate’s row", values: gate },
    { name: "up", what: "norm(x) · up’s row", values: up },
    { name: "product", what: "GELU(gate) · up", values: post },
  ];
  return (
    <section class="card maps" aria-label="Gate, up and product">
      <div class="maps-row">
        {maps.map(({ name, what, values }) => {
          const extent = Math.max(...[...values].map(Math.abs));
          return (
            <figure key={name}>
              <figcaption>
                <b class={name}>{name}</b>
                <small>{what}</small>
              </figcaption>
              <Matrix
                label={`${name}: ${what}, ${values.length} units`}
                rows={Math.ceil(values.length / COLUMNS)}
                columns={COLUMNS}
                count={values.length}
                numbers={values}
                colourOf={(r, c) => valueColour(values[r * COLUMNS + c], extent, dark)}
                nameOf={(r, c) =>
                  `unit ${r * COLUMNS + c}, ${name} ${activation(values[r * COLUMNS + c] ?? 0)}`
                }
                chosen={place}
                targetOf={(r, c) => ({ cell: { kind: "unit", unit: r * COLUMNS + c }, layer })}
              />
              <small>
                {round(Math.min(...values))} … {round(Math.max(...values))}, colour ±{" "}
                {round(extent)}
              </small>
            </figure>
          );
        })}
      </div>
      <p>
        <b>{firing}</b> of {post.length} units fire: their product is over 5{"\u202f"}% of the
        largest. <i class="swatch below" /> below zero <i class="swatch above" /> above.
      </p>
      <p class={isTap ? "holds" : "fails"}>
        {isTap ? "✓ all products equal" : "✗ products are not"}{" "}
        <code>blocks.{layer}.mlp.hook_post</code>
      </p>
      <AsTable
        caption={`All units of layer ${layer}`}
        corner="unit"
        rows={post.length}
        columns={maps.length}
        rowHead={(f) => f}
        columnHead={(c) => maps[c].name}
        cell={(f, c) => activation(maps[c].values[f])}
      />
    </section>
  );
}
