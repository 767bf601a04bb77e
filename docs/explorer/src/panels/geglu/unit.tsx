/**
 * The chosen unit: what it adds to the stream, and which tokens that raises and lowers.
 * @module
 */
import { activation } from "../../format.ts";
import { Bars } from "../../inspector/bars.tsx";
import { Piece } from "../../parts/piece.tsx";
import type { Geglu, Push } from "./question.ts";

export function Unit({ answer }: { answer: Geglu }) {
  const { unit, layer, adds, opened, up, post, scale, raises, lowers } = answer;
  const most = Math.max(...[...raises, ...lowers].map(({ by }) => Math.abs(by))) || 1;
  return (
    <section class="card unit" aria-label="The chosen unit">
      <div class="card-title">
        <h3>
          What unit {unit} of layer {layer} writes
        </h3>
        <p>
          <b class="gate">{activation(opened[unit])}</b> × <b class="up">{activation(up[unit])}</b>{" "}
          = <b>{activation(post[unit])}</b>
        </p>
      </div>
      <Bars
        label={`its column of down_proj × ${activation(post[unit])}: added to the stream`}
        values={adds}
      />
      <div class="pushes">
        <Pushes title="raises most" pushes={raises} most={most} />
        <Pushes title="lowers most" pushes={lowers} most={most} />
      </div>
      <p class="how">
        How: what it adds, ÷ {activation(scale)} (the last norm’s scale, held as it is), × (1 + w)
        of that norm, × each token’s row of the table. It is what the unit says straight to the
        logits; what later layers make of it is left out.
      </p>
    </section>
  );
}

function Pushes({ title, pushes, most }: { title: string; pushes: readonly Push[]; most: number }) {
  return (
    <div>
      <h4>{title}</h4>
      <ol>
        {pushes.map(({ token, by }) => (
          <li key={token.id}>
            <Piece piece={token.piece} />
            <i class="size" aria-hidden="true" style={{ "--share": Math.abs(by) / most }}>
              <i class={by < 0 ? "below" : "above"} />
            </i>
            <b>
              {by > 0 ? "+" : ""}
              {activation(by)}
            </b>
          </li>
        ))}
      </ol>
    </div>
  );
}
