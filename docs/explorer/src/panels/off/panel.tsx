/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function OffPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("off", { prompt, pos });
  return (
    <Frame panel="off" title="Heads off" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
