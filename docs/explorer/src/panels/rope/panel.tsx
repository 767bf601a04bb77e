/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function RopePanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("rope", { prompt, pos });
  return (
    <Frame panel="rope" title="RoPE" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
