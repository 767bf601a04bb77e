/**
 * Attention: one head's in four stages, or all heads' patterns side by side; who shares keys and values; what is handed on.
 * @module
 */
import { overview, picked } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import { Segments } from "../../parts/segments.tsx";
import { change, chooseCell, view } from "../../state.ts";
import { AllHeads } from "./all-heads.tsx";
import { HandedOn } from "./handed-on.tsx";
import { PatternTable } from "./pattern-table.tsx";
import { AttentionRow } from "./row.tsx";
import { SharedPair } from "./shared-pair.tsx";
import { Stages } from "./stages.tsx";
import "./style.css";

export default function AttentionPanel() {
  const { model, layers, pos, prompt } = overview.value;
  const { layer, head } = picked.value;
  const isAll = view.value === "all";
  const shown = useAnswer("attention", { prompt, pos, layer, head, isAll });
  const to = (where: { layer: number; head: number }) => {
    const { reads } = layers[where.layer].heads[where.head];
    chooseCell({ kind: "weight", query: pos, key: reads }, where);
  };
  const switches = (
    <>
      <Segments
        label="Layer"
        count={model.layers}
        chosen={layer}
        choose={(l) => to({ layer: l, head })}
      />
      <Segments
        label="Head"
        count={model.heads}
        chosen={head}
        choose={(h) => to({ layer, head: h })}
      />
      <button
        type="button"
        aria-pressed={isAll}
        onClick={() => change({ view: isAll ? undefined : "all" })}
      >
        All heads
      </button>
    </>
  );
  return (
    <Frame panel="attention" title="Attention" switches={switches} answer={shown}>
      {(attention) => (
        <>
          {isAll && attention.all ? (
            <AllHeads {...attention} all={attention.all} />
          ) : (
            <Stages attention={attention} />
          )}
          <div class="under-stages">
            <SharedPair head={head} />
            <AttentionRow attention={attention} token={attention.tokens[attention.pos]} />
          </div>
          <HandedOn attention={attention} />
          <PatternTable attention={attention} />
        </>
      )}
    </Frame>
  );
}
