/**
 * The units of a layer's MLP, 24 a row.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { valueColour } from "../colour.ts";
import { activation, round } from "../format.ts";
import { chooseCell, isDark } from "../state.ts";
import { Matrix } from "./matrix.tsx";

const COLUMNS = 24;

export function Units({ layer }: { layer: number }) {
  const { units, firing, largest } = overview.value.layers[layer];
  const { cell, layer: chosenLayer } = chosen.value;
  const unit = cell.kind === "unit" && chosenLayer === layer ? cell.unit : undefined;
  const limit = Math.abs(units[largest]);
  const dark = isDark.value;
  return (
    <div class="units">
      <Matrix
        label={`Units of the MLP of layer ${layer}`}
        rows={Math.ceil(units.length / COLUMNS)}
        columns={COLUMNS}
        count={units.length}
        numbers={units}
        colourOf={(r, c) => valueColour(units[r * COLUMNS + c], limit, dark)}
        nameOf={(r, c) => `unit ${r * COLUMNS + c}, ${activation(units[r * COLUMNS + c] ?? 0)}`}
        chosen={unit === undefined ? undefined : [Math.floor(unit / COLUMNS), unit % COLUMNS]}
        targetOf={(r, c) => ({ cell: { kind: "unit", unit: r * COLUMNS + c }, layer })}
      />
      <p>
        <span title="over 5 % of the largest">
          {firing} of {units.length} fire
        </span>
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
