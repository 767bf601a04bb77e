/**
 * The lens: what the model would say at each depth after each token.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { chosen, overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { chanceColour, textOn } from "../../colour.ts";
import { depthName } from "../../depth-name.ts";
import { finePercent, percent, pieceText } from "../../format.ts";
import { moved } from "../../moves.ts";
import { AsTable } from "../../parts/as-table.tsx";
import { Frame } from "../../parts/frame.tsx";
import { Piece } from "../../parts/piece.tsx";
import { chooseCell, isDark } from "../../state.ts";
import { LensCurves } from "./curves.tsx";
import type { Lens } from "./question.ts";
import "./style.css";

/** Width of the names of depths, which stay in sight. */
const NAMES = 98;

export default function LensPanel() {
  const { prompt, pos } = overview.value;
  const shown = useAnswer("lens", { prompt, pos });
  return (
    <Frame panel="lens" title="What would it say, if it stopped here?" answer={shown}>
      {(lens) => (
        <>
          <LensGrid lens={lens} />
          <LensCurves lens={lens} />
          <LensTable lens={lens} />
        </>
      )}
    </Frame>
  );
}

function LensGrid({ lens: { prompt, tops, from, tokens, pos } }: { lens: Lens }) {
  const { cell } = chosen.value;
  const grid = useRef<HTMLDivElement>(null);
  const dark = isDark.value;
  const size = tops[0].length;
  const end = tops.length - 1;
  // Rows go upwards, as the stream rises: the first is the last depth.
  const isCurrent = prompt === overview.value.prompt;
  const isSeen = cell.kind === "lens" && cell.pos >= from && cell.pos < from + size;
  const here = isCurrent && isSeen ? ([end - cell.depth, cell.pos - from] as const) : undefined;
  const stop = here ?? [0, pos - from];
  const choose = (row: number, column: number) =>
    chooseCell({ kind: "lens", depth: end - row, pos: from + column });
  const onKeyDown = (event: KeyboardEvent) => {
    const to = moved(event, stop, tops.length, size);
    if (!to) return;
    event.preventDefault();
    choose(...to);
    grid.current?.querySelector<HTMLElement>(`[data-place="${to[0]},${to[1]}"]`)?.focus();
  };
  // Where the grid is wider than the page, the chosen column is in sight.
  const column = stop[1];
  useEffect(() => {
    const box = grid.current?.parentElement;
    const one = grid.current?.querySelector<HTMLElement>(`[data-place="0,${column}"]`);
    if (!box || !one || box.scrollWidth <= box.clientWidth) return;
    const left = one.offsetLeft - NAMES;
    const isSeen =
      left >= box.scrollLeft && left + one.offsetWidth + NAMES <= box.scrollLeft + box.clientWidth;
    if (!isSeen) box.scrollLeft = left - (box.clientWidth - NAMES - one.offsetWidth);
  }, [column, size]);
  const read = tokens.slice(from, from + size);
  return (
    <>
      <div class="scrolls" role="region" aria-label="Depth by position">
        <div
          ref={grid}
          role="grid"
          class="lens-grid"
          aria-label="What would be said: depths, the last one on top, by position"
          style={{ "--positions": size }}
          onKeyDown={onKeyDown}
        >
          {Array.from({ length: tops.length }, (_, row) => {
            const depth = end - row;
            return (
              <div role="row" key={depth}>
                <div role="rowheader" class={here?.[0] === row ? "now" : ""}>
                  {depthName(depth).replace("attention", "attn")}
                </div>
                {tops[depth].map(([{ piece, chance, id }], column) => {
                  const isFinal = tops[end][column][0].id === id;
                  const isHere = here?.[0] === row && here[1] === column;
                  return (
                    <div
                      key={column}
                      role="gridcell"
                      data-place={`${row},${column}`}
                      aria-selected={isHere}
                      tabIndex={row === stop[0] && column === stop[1] ? 0 : -1}
                      class={isFinal ? "final" : ""}
                      style={{
                        background: chanceColour(chance, dark),
                        color: textOn(chance, dark),
                      }}
                      onClick={() => choose(row, column)}
                    >
                      <Piece piece={piece} />
                      <span>
                        {percent(chance)}
                        {isFinal && <i aria-hidden="true">●</i>}
                      </span>
                      <span class="unseen">
                        , {depthName(depth)}, after {pieceText(read[column].piece)} {from + column}
                        {isFinal && ", as in the end"}
                      </span>
                    </div>
                  );
                })}
              </div>
            );
          })}
          <div role="row" class="names">
            <div role="rowheader">token read</div>
            {read.map(({ piece }, column) => (
              <div key={column} role="gridcell" class={from + column === pos ? "now" : ""}>
                <Piece piece={piece} />
              </div>
            ))}
          </div>
          <div role="row" class="names real">
            <div role="rowheader">really next</div>
            {read.map((_, column) => (
              <div key={column} role="gridcell">
                {tokens[from + column + 1] ? (
                  <Piece piece={tokens[from + column + 1].piece} />
                ) : (
                  "?"
                )}
              </div>
            ))}
          </div>
        </div>
      </div>
      <p class="key lens-key">
        {dark ? "lighter" : "darker"} is more certain <i class="ramp" aria-hidden="true" /> 0 to 100
        {"\u202f"}% · <b>bold ●</b> the same as the final answer of that column
        {size < tokens.length && ` · tokens ${from} to ${from + size - 1} of ${tokens.length}`}
      </p>
    </>
  );
}

function LensTable({ lens: { tops, from, tokens } }: { lens: Lens }) {
  const end = tops.length - 1;
  return (
    <AsTable
      caption="What would be said at each depth after each token, and its chance"
      corner="depth ↓ token read →"
      rows={tops.length}
      columns={tops[0].length}
      rowHead={(row) => depthName(end - row)}
      columnHead={(column) => (
        <>
          <Piece piece={tokens[from + column].piece} /> <small>{from + column}</small>
        </>
      )}
      cell={(row, column) => {
        const [{ piece, chance }] = tops[end - row][column];
        return (
          <>
            <Piece piece={piece} /> {finePercent(chance)}
          </>
        );
      }}
    />
  );
}
