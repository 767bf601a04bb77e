/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function RmsNormPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("rmsnorm", { prompt, pos });
  return (
    <Frame panel="rmsnorm" title="RMSNorm" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
