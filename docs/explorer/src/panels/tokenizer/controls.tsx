/**
 * Step by step through the merges: by buttons, by a slider, by itself, at most two a second.
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import { count, pieceText } from "../../format.ts";
import { change } from "../../state.ts";
import type { Tokenizer } from "./question.ts";
import { jointAt, nodeText, type Stand, stepOf } from "./steps.ts";

/** Milliseconds from one step to the next. */
const PACE = 500;

export function Controls(props: {
  shown: Tokenizer;
  stand: Stand;
  /** Whether another text is on its way: these are not its steps. */
  isOld: boolean;
}) {
  const { shown, stand, isOld } = props;
  const { steps, done } = stand;
  const [isPlaying, setPlaying] = useState(false);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const to = (next: number) => change({ step: stepOf(stand, next) });
  const byHand = (next: number) => {
    setPlaying(false);
    to(next);
  };
  useEffect(() => setPlaying(false), [shown.prompt]);
  useEffect(() => {
    if (!isPlaying) return undefined;
    if (done >= steps.length) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => to(done + 1), PACE);
    return () => clearTimeout(timer);
  }, [isPlaying, done, steps.length]);
  const play = () => {
    if (isPlaying) return setPlaying(false);
    if (done >= steps.length) to(0);
    setPlaying(true);
  };
  const said = sayStand(shown, stand);
  return (
    <div class="controls">
      {!isStill && (
        <button type="button" class="primary" disabled={isOld || steps.length === 0} onClick={play}>
          {isPlaying ? "Stop" : "Play"}
        </button>
      )}
      <button type="button" disabled={isOld || done === 0} onClick={() => byHand(done - 1)}>
        Back
      </button>
      <button
        type="button"
        disabled={isOld || done >= steps.length}
        onClick={() => byHand(done + 1)}
      >
        Step
      </button>
      <input
        type="range"
        aria-label="Merges that are done"
        aria-valuetext={said}
        min={0}
        max={steps.length}
        step={1}
        value={done}
        disabled={isOld}
        onInput={({ currentTarget }) => byHand(currentTarget.valueAsNumber)}
      />
      <p class="said-step">{said}</p>
    </div>
  );
}

/** What has just been done. */
export function sayStand(shown: Tokenizer, { done, steps, current }: Stand): string {
  const { blocks, merges, tokens, characters } = shown;
  if (current === undefined) {
    if (done === 0 && steps.length > 0) {
      return "Each character is a part of its own. ␣ is a space.";
    }
    const all = `${count(characters)} ${characters === 1 ? "character" : "characters"}`;
    return `${all}, ${count(merges)} ${merges === 1 ? "merge" : "merges"}, ${count(tokens - 1)} tokens: no two neighbours make a piece any more.`;
  }
  const found = jointAt(blocks, current);
  if (!found)
    return "What is no piece falls into the bytes of its UTF-8, and each byte is a token.";
  const [block, { left, right, piece, rank }] = found;
  const pair = [left, right].map((node) => pieceText(nodeText(block, node)));
  return `Merge ${current} of ${count(merges)}: ${pair.join(" + ")} → ${pieceText(piece)}. No other two neighbours have a better rank than ${rank}.`;
}
