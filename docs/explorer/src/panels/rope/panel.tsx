/**
 * RoPE: queries and keys are turned by angles that grow with position, so that only their distance counts.
 * @module
 */
import { useEffect } from "preact/hooks";
import { chosen, overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import { Segments } from "../../parts/segments.tsx";
import { change, chooseCell, keyAt, queryAt, refuse } from "../../state.ts";
import { useView } from "../../use-view.ts";
import { Clocks } from "./clocks.tsx";
import { Distance } from "./distance.tsx";
import { Pair } from "./pair.tsx";
import { Places } from "./places.tsx";
import { isLockedIn, isNeighboursIn, VIEWS, viewOf } from "./views.ts";
import "./style.css";

export default function RopePanel() {
  const { prompt, pos, model, layers } = overview.value;
  const { layer, head, cell } = chosen.value;
  const view = useView(VIEWS);
  const isNeighbours = isNeighboursIn(view);
  const { reads } = layers[layer].heads[head];
  useRefusals(model.contextLength, queryAt.value ?? pos);
  const shown = useAnswer("rope", {
    ...{ prompt, pos, layer, head, isNeighbours },
    ...{ queryAt: queryAt.value, keyAt: keyAt.value },
  });
  const of = cell.kind === "turned" ? cell : ({ kind: "turned", of: "q", dim: 0 } as const);
  const switches = (
    <>
      <Segments
        label="Layer"
        count={model.layers}
        chosen={layer}
        choose={(l) => chooseCell(of, { layer: l, head })}
      />
      <Segments
        label="Head"
        count={model.heads}
        chosen={head}
        choose={(h) => chooseCell(of, { layer, head: h })}
      />
      <label class="check-box">
        <input
          type="checkbox"
          checked={isNeighbours}
          onChange={({ currentTarget }) =>
            change({ view: viewOf(currentTarget.checked, isLockedIn(view)) })
          }
        />{" "}
        pair neighbours, a known bug
      </label>
    </>
  );
  return (
    <Frame panel="rope" title="RoPE: where am I?" switches={switches} answer={shown}>
      {(rope) => (
        <>
          <Places rope={rope} own={{ query: pos, key: reads }} isLocked={isLockedIn(view)} />
          <Clocks rope={rope} />
          <p class="window-note">
            <button
              type="button"
              class="link"
              onClick={() => change({ panel: "break", view: undefined, bug: "rope-none" })}
            >
              What if nothing were rotated?
            </button>
          </p>
          {isNeighbours && (
            <p class="window-note">
              The pictures show the bug. The chosen number stays the model’s own.
            </p>
          )}
          <div class="under-clocks">
            <Pair rope={rope} />
            <Distance rope={rope} />
          </div>
        </>
      )}
    </Frame>
  );
}

/** Positions in the link that cannot be. */
function useRefusals(end: number, query: number): void {
  const [q, k] = [queryAt.value, keyAt.value];
  useEffect(() => {
    if (q !== undefined && q >= end) refuse("queryAt", `the last position is ${end - 1}`);
    else if (k !== undefined && k > query) {
      refuse("keyAt", `no key after the query (${query}) is ever looked at`);
    }
  }, [q, k, query, end]);
}
