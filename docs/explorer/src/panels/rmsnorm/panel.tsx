/**
 * RMSNorm: whatever the length of the stream, what is read from it has the same size.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { activation } from "../../format.ts";
import { AsTable } from "../../parts/as-table.tsx";
import { Frame } from "../../parts/frame.tsx";
import { useView } from "../../use-view.ts";
import { Lengths } from "./lengths.tsx";
import { MISTAKES } from "./question.ts";
import { Steps } from "./steps.tsx";
import { Ways } from "./ways.tsx";
import "./style.css";

export default function RmsNormPanel() {
  const { prompt, pos, model } = overview.value;
  const { cell } = chosen.value;
  const norm = cell.kind === "norm" ? cell.norm : 2 * model.layers;
  const shown = useAnswer("rmsnorm", { prompt, pos, norm });
  const mistake = useView(MISTAKES);
  return (
    <Frame panel="rmsnorm" title="RMSNorm keeps the size in check" answer={shown}>
      {(answer) => {
        const way = answer.ways.find((one) => one.mistake === mistake) ?? answer.ways[0];
        return (
          <>
            <Lengths answer={answer} />
            <Steps answer={answer} way={way} />
            <Ways answer={answer} way={way} />
            <AsTable
              caption="The steps of the norm, and what comes out as chosen above"
              corner="dimension"
              rows={answer.x.length}
              columns={4}
              rowHead={(d) => d}
              columnHead={(c) => ["x", "÷ scale", "1 + w", "y"][c]}
              cell={(d, c) => activation([answer.x, answer.normalized, answer.gain, way.out][c][d])}
            />
          </>
        );
      }}
    </Frame>
  );
}
