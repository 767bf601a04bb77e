/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function CachePanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("cache", { prompt, pos });
  return (
    <Frame panel="cache" title="KV cache" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
