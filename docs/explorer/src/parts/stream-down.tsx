/**
 * The stream from top to bottom, as a phone has room for it.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { depthName } from "../depth-name.ts";
import { pieceText } from "../format.ts";
import { chooseCell, openPanel } from "../state.ts";
import { Choices } from "./choices.tsx";
import { Heads } from "./heads.tsx";
import { Said } from "./said.tsx";

export function StreamDown() {
  const { layers, tokens, pos } = overview.value;
  const { layer: chosenLayer, cell } = chosen.value;
  const isMarked = cell.kind === "weight" || cell.kind === "unit";
  return (
    <ol class="down">
      <li class="embedding">
        <i class="node" aria-hidden="true" />
        <h3>Embedding of “{pieceText(tokens[pos].piece)}”</h3>
        <Depths from={0} count={1} label="The embedding" />
      </li>
      {layers.map((_, layer) => (
        <li key={layer} class={isMarked && layer === chosenLayer ? "layer chosen" : "layer"}>
          <i class="node" aria-hidden="true" />
          <i class="node" aria-hidden="true" />
          <h3>Layer {layer}</h3>
          <p class="caption">would say</p>
          <Heads layer={layer} />
          <Depths from={2 * layer + 1} count={2} label={`After the halves of layer ${layer}`} />
        </li>
      ))}
    </ol>
  );
}

function Depths({ from, count, label }: { from: number; count: number; label: string }) {
  const { pos } = overview.value;
  const { cell } = chosen.value;
  const at = cell.kind === "lens" ? cell.depth - from : -1;
  return (
    <Choices
      label={label}
      class="depths"
      isVertical
      count={count}
      chosen={at >= 0 && at < count ? at : undefined}
      choose={(i) => chooseCell({ kind: "lens", depth: from + i, pos })}
      open={() => openPanel("lens")}
      moreOf={(i) => depthName(from + i)}
      item={(i) => <Said depth={from + i} rivals={0} />}
    />
  );
}
