/**
 * The stream at one depth as 16 × 8 cells, over its own root mean square, and its length.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { valueColour } from "../colour.ts";
import { depthName } from "../depth-name.ts";
import { activation, round } from "../format.ts";
import { isDark } from "../state.ts";
import { Matrix } from "./matrix.tsx";

const COLUMNS = 16;
/** How many times the root mean square has full colour. */
const LIMIT = 3;

export function Strip({ depth }: { depth: number }) {
  const { values, length } = overview.value.streams[depth];
  const { cell } = chosen.value;
  const dim = cell.kind === "stream" && cell.depth === depth ? cell.dim : undefined;
  const limit = (LIMIT * length) / Math.sqrt(values.length);
  const dark = isDark.value;
  return (
    <div class="strip">
      <Matrix
        label={`The stream, ${depthName(depth)}`}
        rows={Math.ceil(values.length / COLUMNS)}
        columns={COLUMNS}
        count={values.length}
        numbers={values}
        colourOf={(r, c) => valueColour(values[r * COLUMNS + c], limit, dark)}
        nameOf={(r, c) =>
          `dimension ${r * COLUMNS + c}, ${activation(values[r * COLUMNS + c] ?? 0)}`
        }
        chosen={dim === undefined ? undefined : [Math.floor(dim / COLUMNS), dim % COLUMNS]}
        targetOf={(r, c) => ({ cell: { kind: "stream", depth, dim: r * COLUMNS + c } })}
      />
      <small>length {round(length)}</small>
    </div>
  );
}
