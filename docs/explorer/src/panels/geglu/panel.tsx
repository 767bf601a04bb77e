/**
 * GeGLU: each unit of an MLP decides how far to open, and what comes through.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import { Segments } from "../../parts/segments.tsx";
import { change, chooseCell } from "../../state.ts";
import { useView } from "../../use-view.ts";
import { Curve } from "./curve.tsx";
import { Largest } from "./largest.tsx";
import { Maps } from "./maps.tsx";
import { Unit } from "./unit.tsx";
import "./style.css";

export default function GegluPanel() {
  const { prompt, pos, model, layers } = overview.value;
  const { layer, cell } = chosen.value;
  const unit = cell.kind === "unit" ? cell.unit : layers[layer].largest;
  const isErf = useView(["erf"] as const) === "erf";
  const shown = useAnswer("geglu", { prompt, pos, layer, unit });
  const switches = (
    <>
      <Segments
        label="Layer"
        count={model.layers}
        chosen={layer}
        choose={(l) => chooseCell({ kind: "unit", unit: layers[l].largest }, { layer: l })}
      />
      <label class="check-box">
        <input
          type="checkbox"
          checked={isErf}
          onChange={({ currentTarget }) =>
            change({ view: currentTarget.checked ? "erf" : undefined })
          }
        />{" "}
        GELU with erf, a known bug
      </label>
    </>
  );
  return (
    <Frame panel="geglu" title="GeGLU: thinking alone" switches={switches} answer={shown}>
      {(answer) => (
        <>
          <div class="upper">
            <Curve answer={answer} isErf={isErf} />
            <Maps answer={answer} />
          </div>
          <div class="lower">
            <Largest answer={answer} />
            <Unit answer={answer} />
          </div>
        </>
      )}
    </Frame>
  );
}
