/**
 * The units of a layer's MLP, 24 a row; of very many, a cell for some.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { valueColour } from "../colour.ts";
import { activation, round } from "../format.ts";
import { chooseCell, isDark } from "../state.ts";
import { blocksOf } from "./blocks.ts";
import { Matrix } from "./matrix.tsx";

const COLUMNS = 24;
/** More cells would be too small to be seen, or too many to be on one screen. */
const MOST = 44 * COLUMNS;

export function Units({ layer }: { layer: number }) {
  const { units, firing, largest } = overview.value.layers[layer];
  const { cell, layer: chosenLayer } = chosen.value;
  const unit = cell.kind === "unit" && chosenLayer === layer ? cell.unit : undefined;
  const { size, at } = blocksOf(units, MOST);
  const place = unit === undefined ? undefined : Math.floor(unit / size);
  const limit = Math.abs(units[largest]);
  const dark = isDark.value;
  return (
    <div class="units">
      <Matrix
        label={`Units of the MLP of layer ${layer}`}
        rows={Math.ceil(at.length / COLUMNS)}
        columns={COLUMNS}
        count={at.length}
        numbers={units}
        colourOf={(r, c) => valueColour(units[at[r * COLUMNS + c]], limit, dark)}
        nameOf={(r, c) =>
          `unit ${at[r * COLUMNS + c]}, ${activation(units[at[r * COLUMNS + c]] ?? 0)}`
        }
        chosen={place === undefined ? undefined : [Math.floor(place / COLUMNS), place % COLUMNS]}
        targetOf={(r, c) => ({ cell: { kind: "unit", unit: at[r * COLUMNS + c] }, layer })}
      />
      <p>
        <span title="over 5 % of the largest">
          {firing} of {units.length} fire
        </span>
        {size > 1 && <small>{size} a cell: the furthest</small>}
        <small>
          largest{" "}
          <button
            type="button"
            class="link"
            aria-label={`Largest unit of layer ${layer}: ${round(units[largest])}`}
            onClick={() => chooseCell({ kind: "unit", unit: largest }, { layer })}
          >
            {round(units[largest])}
          </button>
        </small>
      </p>
    </div>
  );
}
