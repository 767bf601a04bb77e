/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function BreakPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("break", { prompt, pos });
  return (
    <Frame panel="break" title="Break it" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
