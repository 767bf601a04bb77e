/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function ModelPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("model", { prompt, pos });
  return (
    <Frame panel="model" title="Your Gemma" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
