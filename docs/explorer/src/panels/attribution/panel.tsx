/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function AttributionPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("attribution", { prompt, pos });
  return (
    <Frame panel="attribution" title="Why this word?" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
