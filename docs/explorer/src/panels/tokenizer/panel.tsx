/**
 * How a text is cut into tokens: merge by merge, and what is no piece into bytes.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { count } from "../../format.ts";
import { Frame } from "../../parts/frame.tsx";
import { change, prompt, refuse, step } from "../../state.ts";
import { Controls } from "./controls.tsx";
import { Forest } from "./forest.tsx";
import type { Tokenizer } from "./question.ts";
import { Remarks } from "./remarks.tsx";
import { lastStep, standAt } from "./steps.ts";
import { TokenCards } from "./token.tsx";
import "./style.css";

export default function TokenizerPanel() {
  const { prompt: text, pos } = overview.value;
  const shown = useAnswer("tokenizer", { prompt: text, pos });
  return (
    <Frame panel="tokenizer" title="How the text is cut" answer={shown}>
      {(answer) => <Cut shown={answer} />}
    </Frame>
  );
}

function Cut({ shown }: { shown: Tokenizer }) {
  const last = lastStep(shown);
  const isCurrent = shown.prompt === overview.value.prompt;
  const isBeyond = isCurrent && step.value !== undefined && step.value > last;
  useEffect(() => {
    if (isBeyond) refuse("step", `there are ${last} steps`);
  }, [isBeyond, last]);
  // The end has no number of its own: it is what the page shows anyway.
  const at = isBeyond || step.value === last ? undefined : step.value;
  const stand = standAt(shown, at);
  const { from, to, tokens, blocks } = shown;
  return (
    <>
      <section class="card cut" aria-label="Merges">
        <p class="rule">
          Gemma reads pieces, not letters. Of all neighbours that make a piece of the vocabulary,
          those with the best score merge first. The number on a joint is the rank of its score: 0
          is the best.
        </p>
        <Rule />
        <Controls shown={shown} stand={stand} isOld={shown.prompt !== prompt.value} />
        {blocks.length === 0 ? (
          <p class="wait">There is no text to cut.</p>
        ) : (
          <Forest shown={shown} stand={stand} at={at ?? last} />
        )}
        {to - from < tokens - 1 && (
          <p class="window-note">
            Tokens {from} to {to - 1} of {count(tokens)}; merges elsewhere are made in between.{" "}
            <button
              type="button"
              disabled={from <= 1}
              onClick={() => change({ pos: from - 1, cell: undefined })}
            >
              Earlier
            </button>{" "}
            <button
              type="button"
              disabled={to >= tokens}
              onClick={() => change({ pos: to, cell: undefined })}
            >
              Later
            </button>
          </p>
        )}
        <Remarks shown={shown} />
      </section>
      <TokenCards shown={shown} />
    </>
  );
}

/** Which two merge next. */
function Rule() {
  return (
    <math display="block">
      <mi>next</mi>
      <mo>=</mo>
      <munder>
        <mi>argmax</mi>
        <mi>i</mi>
      </munder>
      <mspace width="0.25em" />
      <mi>score</mi>
      <mo>(</mo>
      <msub>
        <mi>part</mi>
        <mi>i</mi>
      </msub>
      <mo>+</mo>
      <msub>
        <mi>part</mi>
        <mrow>
          <mi>i</mi>
          <mo>+</mo>
          <mn>1</mn>
        </mrow>
      </msub>
      <mo>)</mo>
    </math>
  );
}
