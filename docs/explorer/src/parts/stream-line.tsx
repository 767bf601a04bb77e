/**
 * The stream as a narrow line above a panel: a click leads to the attention of that layer, or to its MLP's lens.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { depthName } from "../depth-name.ts";
import { percent } from "../format.ts";
import { change, chooseCell } from "../state.ts";
import { Choices } from "./choices.tsx";
import { Piece } from "./piece.tsx";

export function StreamLine() {
  const { streams, pos } = overview.value;
  const { layer, cell } = chosen.value;
  const here = cell.kind === "lens" || cell.kind === "stream" ? cell.depth : 2 * layer + 1;
  const choose = (depth: number) => {
    if (depth % 2 === 1) change({ layer: (depth - 1) / 2, cell: undefined });
    else chooseCell({ kind: "lens", depth, pos });
  };
  return (
    <section aria-label="The stream">
      <Choices
        label="The stream: what would be said at each depth"
        class="stream-line"
        count={streams.length}
        chosen={here}
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
