/**
 * What if a head were missing: each switched off alone, and what the model says, and how its stream moves, without those
 * that are off now.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { pieceText } from "../../format.ts";
import { type Off, offWords } from "../../off.ts";
import { checkOff, offNow } from "../../off-now.ts";
import { Frame } from "../../parts/frame.tsx";
import { off } from "../../state.ts";
import { BeforeAfter } from "./before-after.tsx";
import { Moved } from "./moved.tsx";
import { Squares } from "./squares.tsx";
import { Switched } from "./switched.tsx";
import "./style.css";

export default function OffPanel() {
  const { prompt, pos, next } = overview.value;
  const now = offNow();
  const shown = useAnswer("off", { prompt, pos, off: now });
  useEffect(checkOff, [off.value]);
  return (
    <Frame panel="off" title={titleOf(shown?.off ?? now)} answer={shown}>
      {(without) => (
        <>
          <div class="beside">
            <section class="card" aria-label="Each part switched off alone">
              <h3>
                The chance of {pieceText(next[0].piece)} without each head, and without each MLP
              </h3>
              <Squares off={now} />
              <Switched off={now} />
            </section>
            <BeforeAfter without={without} />
          </div>
          <Moved without={without} />
        </>
      )}
    </Frame>
  );
}

/** Of what is off in the numbers that are shown: those of a new choice come a moment later. */
function titleOf(off: Off): string {
  if (off.length === 0) return "What if a head were missing?";
  return `What if ${offWords(off)} ${off.length === 1 ? "were" : "were all"} missing?`;
}
