/** @module */
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { Frame } from "../../parts/frame.tsx";
import "./style.css";

export default function TokenizerPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("tokenizer", { prompt, pos });
  return (
    <Frame panel="tokenizer" title="Tokenizer" answer={shown}>
      {() => <p class="card">To come.</p>}
    </Frame>
  );
}
