/**
 * The stream as a narrow line above a panel: a click leads to the attention of that layer, or to its MLP's lens; in
 * panels about norms and about MLPs, to the norm that reads there, and to the MLP that ends there.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { depthName } from "../depth-name.ts";
import { percent } from "../format.ts";
import { partAt } from "../model-part.ts";
import { change, chooseCell } from "../state.ts";
import { Choices } from "./choices.tsx";
import { Piece } from "./piece.tsx";

export function StreamLine() {
  const { streams, pos, layers, model } = overview.value;
  const { layer, cell } = chosen.value;
  const here = () => {
    if (cell.kind === "lens" || cell.kind === "stream") return cell.depth;
    if (cell.kind === "norm") return cell.norm;
    const isMlp = cell.kind === "part" && partAt(cell.part, model.heads)?.kind === "mlp";
    return 2 * layer + (cell.kind === "unit" || isMlp ? 2 : 1);
  };
  const choose = (depth: number) => {
    const l = depth / 2 - 1; // the layer whose MLP ends here
    if (cell.kind === "norm") chooseCell({ ...cell, norm: depth });
    else if (cell.kind === "unit" && layers[l]) {
      chooseCell({ kind: "unit", unit: layers[l].largest }, { layer: l });
    } else if (depth % 2 === 1) change({ layer: (depth - 1) / 2, cell: undefined });
    else chooseCell({ kind: "lens", depth, pos });
  };
  return (
    <section aria-label="The stream">
      <Choices
        label="The stream: what would be said at each depth"
        class="stream-line"
        count={streams.length}
        chosen={here()}
        choose={choose}
        item={(d) => {
          const [{ piece, chance }] = streams[d].lens;
          return (
            <>
              <i class="node" aria-hidden="true" />
              <span>{depthName(d)}</span>
              <small>
                says <Piece piece={piece} /> {percent(chance)}
              </small>
            </>
          );
        }}
      />
    </section>
  );
}
