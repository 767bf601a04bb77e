/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function PrecisionPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("precision", { prompt, pos });
  return (
    <Frame panel="precision" title="Precision and backend" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
