/**
 * The stream at one depth as 16 × 8 cells, over its own root mean square, and its length.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { valueColour } from "../colour.ts";
import { depthName } from "../depth-name.ts";
import { activation, round } from "../format.ts";
import { isDark } from "../state.ts";
import { blocksOf } from "./blocks.ts";
import { Matrix } from "./matrix.tsx";

const COLUMNS = 16;
/** Wider streams have a cell for several dimensions. */
const MOST = 16 * COLUMNS;
/** How many times the root mean square has full colour. */
const LIMIT = 3;

export function Strip({ depth }: { depth: number }) {
  const { values, length } = overview.value.streams[depth];
  const { cell } = chosen.value;
  const dim = cell.kind === "stream" && cell.depth === depth ? cell.dim : undefined;
  const { size, at } = blocksOf(values, MOST);
  const place = dim === undefined ? undefined : Math.floor(dim / size);
  const limit = (LIMIT * length) / Math.sqrt(values.length);
  const dark = isDark.value;
  return (
    <div class="strip">
      <Matrix
        label={`The stream, ${depthName(depth)}`}
        rows={Math.ceil(at.length / COLUMNS)}
        columns={COLUMNS}
        count={at.length}
        numbers={values}
        colourOf={(r, c) => valueColour(values[at[r * COLUMNS + c]], limit, dark)}
        nameOf={(r, c) =>
          `dimension ${at[r * COLUMNS + c]}, ${activation(values[at[r * COLUMNS + c]] ?? 0)}`
        }
        chosen={place === undefined ? undefined : [Math.floor(place / COLUMNS), place % COLUMNS]}
        targetOf={(r, c) => ({ cell: { kind: "stream", depth, dim: at[r * COLUMNS + c] } })}
      />
      <small>
        length {round(length)}
        {size > 1 && <> · {size} a cell</>}
      </small>
    </div>
  );
}
