/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function WritePanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("write", { prompt, pos });
  return (
    <Frame panel="write" title="Write and chat" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
