/**
 * Why this word, and not that: a waterfall of the 21 parts of the sum that is a logit, or the difference of two.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { pieceText } from "../../format.ts";
import { checkOff, offChosen } from "../../off-now.ts";
import { Frame } from "../../parts/frame.tsx";
import { against, change, off, refuse, token, view } from "../../state.ts";
import { PartCard } from "./part-card.tsx";
import type { Attribution } from "./question.ts";
import "./style.css";
import { Sum, WhyCompare } from "./texts.tsx";
import { TokenPicker } from "./token-picker.tsx";
import { Waterfall } from "./waterfall.tsx";

export default function AttributionPanel() {
  const { prompt, pos, next } = overview.value;
  const chosen = { token: token.value, against: against.value };
  const shown = useAnswer("attribution", { prompt, pos, ...chosen, off: offChosen() });
  useCheckedLink();
  const title = shown ? titleOf(shown) : `Why ${pieceText(next[0].piece)}?`;
  return (
    <Frame
      panel="attribution"
      title={title}
      switches={shown && <Switches shown={shown} />}
      answer={shown}
    >
      {(attribution) => (
        <div class="beside">
          <section class="card" aria-label="The sum, part by part">
            <Sum attribution={attribution} />
            <Waterfall attribution={attribution} />
          </section>
          <div class="stack">
            <PartCard attribution={attribution} />
            <WhyCompare attribution={attribution} />
          </div>
        </div>
      )}
    </Frame>
  );
}

function titleOf({ token: a, against: b }: Attribution): string {
  const why = `Why ${pieceText(a.piece)}`;
  return b ? `${why} and not ${pieceText(b.piece)}?` : `${why}?`;
}

function Switches({ shown }: { shown: Attribution }) {
  return (
    <>
      <TokenPicker
        label="explain"
        chosen={shown.token}
        choices={shown.choices}
        // The two change places, if it is the other that is chosen.
        choose={(id) =>
          change({ token: id, ...(id === shown.against?.id && { against: shown.token.id }) })
        }
      />
      <TokenPicker
        label="against"
        chosen={shown.against}
        choices={shown.choices.filter(({ id }) => id !== shown.token.id)}
        choose={(id) => {
          if (id !== shown.token.id) change({ against: id });
        }}
        chooseNone={() => change({ against: "none" })}
      />
    </>
  );
}

/** A link may name tokens, parts and an order that are not there. */
function useCheckedLink(): void {
  const { vocabSize } = overview.value.model;
  useEffect(() => {
    for (const [part, id] of [
      ["token", token.value],
      ["against", against.value],
    ] as const) {
      if (typeof id === "number" && id >= vocabSize) refuse(part, `there are ${vocabSize} tokens`);
    }
    if (token.value !== undefined && token.value === against.value) {
      refuse("against", "a token does not differ from itself");
    }
    if (view.value !== undefined && view.value !== "sorted") refuse("view", "it can be sorted");
    checkOff();
  }, [token.value, against.value, off.value, view.value, vocabSize]);
}
