/**
 * A square for each head and each MLP: the chance that the answer has left without it. They fill as they are tried.
 * @module
 */
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { chosen, overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { chanceColour, textOn } from "../../colour.ts";
import { percent, pieceText } from "../../format.ts";
import { partAt, partIndex } from "../../model-part.ts";
import { moved } from "../../moves.ts";
import { isOff, type Off, partText, partWords, toggled } from "../../off.ts";
import { Piece } from "../../parts/piece.tsx";
import { change, chooseCell, isDark, pointAt, type Target } from "../../state.ts";
import type { Square } from "./question.ts";

/** Those that have been tried, by their number. */
const tried = signal<readonly Square[]>([]);

export function Squares({ off }: { off: Off }) {
  const { prompt, pos, model, next } = overview.value;
  const { cell } = chosen.value;
  const { layers, heads } = model;
  const grid = useRef<HTMLDivElement>(null);
  useAnswer("offEach", { prompt, pos }, (square) => {
    const isSame = tried.value[0]?.prompt === square.prompt && tried.value[0].pos === square.pos;
    tried.value = [...(isSame ? tried.value : []), square];
  });
  const known = tried.value.filter((square) => square.prompt === prompt && square.pos === pos);
  const here = cell.kind === "part" && cell.part > 0 ? cell.part : 1;
  const place = [Math.floor((here - 1) / (heads + 1)), (here - 1) % (heads + 1)] as const;

  const targetOf = (index: number): Target => {
    const part = partAt(index, heads);
    return {
      cell: { kind: "part", part: index },
      ...(part && { layer: part.layer }),
      ...(part?.kind === "head" && { head: part.head }),
    };
  };
  const choose = (index: number) => {
    const { cell: to, ...where } = targetOf(index);
    chooseCell(to, where);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = moved(event, place, layers, heads + 1);
    if (!to) return;
    event.preventDefault();
    const index = partIndex(to[0], to[1], heads);
    choose(index);
    grid.current?.querySelector<HTMLElement>(`[data-part="${index}"]`)?.focus();
  };
  const dark = isDark.value;
  const square = (index: number) => {
    const part = partAt(index, heads);
    if (!part) return null;
    const one = known.find((found) => found.part === index);
    const isGone = isOff(off, part);
    const isOther = one !== undefined && one.says.id !== one.answer.id;
    return (
      <button
        type="button"
        data-part={index}
        tabIndex={index === here ? 0 : -1}
        aria-pressed={isGone}
        class={`${isGone ? "gone" : ""} ${cell.kind === "part" && index === here ? "here" : ""}`}
        style={
          one && {
            background: chanceColour(one.chance, dark),
            color: textOn(one.chance, dark),
          }
        }
        onClick={() => {
          change({ off: toggled(off, part) });
          choose(index);
        }}
        onPointerMove={({ pointerType }) => {
          if (pointerType === "mouse" && index !== here) pointAt(targetOf(index));
        }}
        onPointerLeave={() => pointAt(undefined)}
      >
        <span class="unseen">{partWords(part)} off: </span>
        <span aria-hidden="true">
          {part.kind === "mlp" ? "MLP" : partText(part)} {isGone && <em>off</em>}
        </span>
        <b>{one ? percent(one.chance) : "…"}</b>
        {isOther && (
          <small>
            <span class="unseen">, says </span>
            <Piece piece={one.says.piece} />
          </small>
        )}
      </button>
    );
  };
  return (
    <>
      <div
        ref={grid}
        role="grid"
        class="squares"
        aria-label={`Heads and MLPs by layer: the chance of ${pieceText(next[0].piece)} without each; Space switches`}
        style={{ "--heads": heads }}
        onKeyDown={onKeyDown}
      >
        {Array.from({ length: layers }, (_, layer) => (
          <div role="row" key={layer}>
            <span role="rowheader">
              <span>layer </span>
              {layer}
            </span>
            {Array.from({ length: heads + 1 }, (_, h) => (
              <div role="gridcell" key={h}>
                {square(partIndex(layer, h, heads))}
              </div>
            ))}
          </div>
        ))}
      </div>
      <p class="key">
        All on: {percent(next[0].chance)}. {dark ? "Lighter" : "Darker"}:{" "}
        <Piece piece={next[0].piece} /> is more likely <i class="ramp" aria-hidden="true" />. A word
        in a cell: the model says that instead.
        {known.length < layers * (heads + 1) &&
          ` Tried ${known.length} of ${layers * (heads + 1)}.`}
      </p>
    </>
  );
}
