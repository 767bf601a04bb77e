/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function SamplingPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("sampling", { prompt, pos });
  return (
    <Frame panel="sampling" title="Sampling" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
