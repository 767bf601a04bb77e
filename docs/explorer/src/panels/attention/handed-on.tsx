/**
 * What the head hands on: the values that it reads, each times its weight.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { valueColour } from "../../colour.ts";
import { activation, pieceText, round } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";
import { isDark, isWide } from "../../state.ts";
import type { Attention } from "./question.ts";

export function HandedOn({ attention }: { attention: Attention }) {
  const { prompt } = overview.value;
  const { cell } = chosen.value;
  const { z, layer, head, pos, tokens } = attention;
  const columns = isWide.value ? 64 : 16;
  const rows = Math.ceil(z.length / columns);
  const limit = z.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const dark = isDark.value;
  const at = (r: number, c: number) => r * columns + c;
  const dim = attention.prompt === prompt && cell.kind === "value" ? cell.dim : undefined;
  return (
    <section class="card handed-on" aria-label="What is handed on">
      <div class="card-title">
        <h3>
          What head {layer}.{head} hands on to “{pieceText(tokens[pos]?.piece ?? "")}”
        </h3>
        <p>
          <math>
            <mrow>
              <mi>z</mi>
              <mo>=</mo>
              <mo>∑</mo>
              <mi>weight</mi>
              <mo>·</mo>
              <mi>value</mi>
            </mrow>
          </math>
          , {z.length} numbers, colour ± {round(limit)}
        </p>
      </div>
      <Matrix
        label={`z of head ${layer}.${head}`}
        rows={rows}
        columns={columns}
        count={z.length}
        numbers={z}
        colourOf={(r, c) => valueColour(z[at(r, c)], limit, dark)}
        nameOf={(r, c) => `dimension ${at(r, c)}, ${activation(z[at(r, c)] ?? 0)}`}
        chosen={dim === undefined ? undefined : [Math.floor(dim / columns), dim % columns]}
        targetOf={(r, c) => ({ cell: { kind: "value", dim: at(r, c) } })}
      />
    </section>
  );
}
