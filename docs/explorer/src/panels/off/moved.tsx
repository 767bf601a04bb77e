/**
 * How far the stream has moved at each depth, and what it would say there. Before the first part that is off it is the
 * same to the last bit.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { valueColour } from "../../colour.ts";
import { depthName } from "../../depth-name.ts";
import { percent, signedActivation } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";
import { SaidBar } from "../../parts/said.tsx";
import { isDark } from "../../state.ts";
import type { Without } from "./question.ts";

const COLUMNS = 16;
/** How many times the stream's root mean square has full colour, as where the stream itself is drawn. */
const LIMIT = 3;

export function Moved({ without: { depths } }: { without: Without }) {
  const { streams } = overview.value;
  return (
    <section class="card moved" aria-label="How the stream moved">
      <div class="card-title">
        <h3>How far the stream moves, and what it would say there</h3>
        <p>
          <i class="swatch below" /> less <i class="swatch above" /> more than with all on · grey:
          the same to the last bit
        </p>
      </div>
      <ol style={{ "--depths": depths.length }}>
        {depths.map(({ change, moved, says }, depth) => (
          <li key={streams[depth]?.tap} class={change ? "" : "same"}>
            <span class="depth">{shortName(depth)}</span>
            {change ? (
              <Change change={change} depth={depth} />
            ) : (
              <i class="nothing" aria-hidden="true" />
            )}
            <span class="by">{change ? `moved ${percent(moved)}` : "the same"}</span>
            <SaidBar {...says} />
          </li>
        ))}
      </ol>
      <p class="how">
        Moved: the length of the difference, without − with, over the length of the stream. Full
        colour is {LIMIT} times the stream’s root mean square.
      </p>
    </section>
  );
}

/** 0 attn, 0 MLP: nine stand side by side. */
const shortName = (depth: number) =>
  depthName(depth).replace("layer ", "").replace("attention", "attn");

function Change({ change, depth }: { change: Float64Array; depth: number }) {
  const { values, length } = overview.value.streams[depth];
  const { cell } = chosen.value;
  const dim = cell.kind === "stream" && cell.depth === depth ? cell.dim : undefined;
  const limit = (LIMIT * length) / Math.sqrt(values.length);
  const dark = isDark.value;
  const at = (row: number, column: number) => row * COLUMNS + column;
  return (
    <Matrix
      label={`Change of the stream, ${depthName(depth)}`}
      rows={Math.ceil(change.length / COLUMNS)}
      columns={COLUMNS}
      count={change.length}
      numbers={change}
      colourOf={(r, c) => valueColour(change[at(r, c)], limit, dark)}
      nameOf={(r, c) =>
        `dimension ${at(r, c)}, moved by ${signedActivation(change[at(r, c)] ?? 0)}`
      }
      chosen={dim === undefined ? undefined : [Math.floor(dim / COLUMNS), dim % COLUMNS]}
      targetOf={(r, c) => ({ cell: { kind: "stream", depth, dim: at(r, c) } })}
    />
  );
}
