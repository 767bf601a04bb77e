/**
 * The parts as bars: each begins where the one before ended, and the last ends at the logit, or the difference.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { pieceText, signedActivation } from "../../format.ts";
import { partAt } from "../../model-part.ts";
import { isOff, partName } from "../../off.ts";
import { Choices } from "../../parts/choices.tsx";
import { choose, off, pin, pointAt, type Target, view } from "../../state.ts";
import { type Axis, axisOf, share } from "./axis.ts";
import type { Attribution } from "./question.ts";

/** Parts over this share of the largest stand out. */
const MAJOR = 0.25;

export function Waterfall({ attribution }: { attribution: Attribution }) {
  const { parts, whole, prompt, pos } = attribution;
  const { model } = overview.value;
  const { cell } = chosen.value;
  const isCurrent = prompt === overview.value.prompt && pos === overview.value.pos;
  const largest = Math.max(...parts.map(Math.abs));
  const order = [...parts.keys()];
  if (view.value === "sorted") order.sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]));
  const ends: number[] = [];
  for (const part of order) ends.push((ends.at(-1) ?? 0) + parts[part]);
  const axis = axisOf([0, whole, ...ends]);
  const place = isCurrent && cell.kind === "part" ? order.indexOf(cell.part) : -1;
  const targetOf = (row: number): Target => {
    const part = partAt(order[row], model.heads);
    return {
      cell: { kind: "part", part: order[row] },
      ...(part && { layer: part.layer }),
      ...(part?.kind === "head" && { head: part.head }),
    };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (event.pointerType !== "mouse") return;
    const row = (event.target as Element).closest("[role=option]");
    const at = row ? [...(row.parentElement?.children ?? [])].indexOf(row) : -1;
    if (at >= 0 && at !== place) pointAt(targetOf(at));
  };
  return (
    <div class="waterfall" onPointerMove={onPointerMove} onPointerLeave={() => pointAt(undefined)}>
      <Ticks axis={axis} />
      <Choices
        label="Parts of the sum, with what each gives"
        class="parts"
        isVertical
        count={parts.length}
        chosen={place < 0 ? undefined : place}
        choose={(row) => choose(targetOf(row))}
        open={pin}
        classOf={(row) => {
          const value = parts[order[row]];
          return `${value < 0 ? "below" : "above"} ${Math.abs(value) < MAJOR * largest ? "minor" : ""}`;
        }}
        styleOf={(row) => barStyle(axis, ends[row] - parts[order[row]], ends[row])}
        item={(row) => {
          const part = partAt(order[row], model.heads);
          return (
            <>
              <span>
                {part ? partName(part) : "embedding"}
                {part && isOff(off.value ?? [], part) && <em>off</em>}
              </span>
              <b>{signedActivation(parts[order[row]])}</b>
              <i class="lane" aria-hidden="true">
                <i />
              </i>
            </>
          );
        }}
      />
      <p class="whole" style={barStyle(axis, 0, whole)}>
        <span>sum of {parts.length} parts</span>
        <b>{signedActivation(whole)}</b>
        <i class="lane" aria-hidden="true">
          <i />
        </i>
      </p>
    </div>
  );
}

function Ticks({ axis }: { axis: Axis }) {
  return (
    <div class="ticks" aria-hidden="true">
      {axis.ticks.map((tick) => (
        <i key={tick} class={tick === 0 ? "zero" : ""} style={{ left: `${share(axis, tick)}%` }}>
          {tick > 0 && "+"}
          {String(tick).replace("-", "−")}
        </i>
      ))}
    </div>
  );
}

/** @param end where the next bar begins. */
export function barStyle(axis: Axis, begin: number, end: number): Record<string, string> {
  const [low, high] = [Math.min(begin, end), Math.max(begin, end)];
  return {
    "--from": `${share(axis, low)}%`,
    "--size": `${share(axis, high) - share(axis, low)}%`,
    "--end": `${share(axis, end)}%`,
  };
}

/** What a bar to the right, and to the left, speaks for. */
export function Key({ attribution: { token, against } }: { attribution: Attribution }) {
  return (
    <p class="key">
      <i class="swatch above" /> for {pieceText(token.piece)} <i class="swatch below" />{" "}
      {against ? `for ${pieceText(against.piece)}` : "against it"}
    </p>
  );
}
