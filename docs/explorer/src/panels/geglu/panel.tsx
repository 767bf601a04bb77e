/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function GegluPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("geglu", { prompt, pos });
  return (
    <Frame panel="geglu" title="GeGLU" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
