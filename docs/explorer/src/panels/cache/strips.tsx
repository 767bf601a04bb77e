/**
 * What stands in the cache: of each layer a strip of keys and one of values, with a row for each token.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { valueColour } from "../../colour.ts";
import { activation, pieceText, round } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";
import { Piece } from "../../parts/piece.tsx";
import { isDark, type Target } from "../../state.ts";
import { type Cache, SHOWN } from "./question.ts";

/** Pixels of a row: while there are few, their tokens are named beside them. */
const TALL = 14;
const LOW = 4;
const FEW = 20;
/** Of what stands above a strip. */
const TITLE = 20;

export function Strips({ cache }: { cache: Cache }) {
  const { tokens, rows, from, keys, prompt } = cache;
  const isNamed = tokens.length <= FEW;
  const rowHeight = isNamed ? TALL : LOW;
  const room = Math.min(tokens.length, SHOWN) * rowHeight;
  const isCurrent = prompt === overview.value.prompt;
  return (
    <>
      <div class={isNamed ? "kv-strips named" : "kv-strips"}>
        {isNamed && (
          <div class="kv-strip-names" aria-hidden="true">
            {tokens.map(({ piece }, i) => (
              <span key={i} class={i < rows ? "" : "out"} style={{ height: `${rowHeight}px` }}>
                <Piece piece={piece} />
              </span>
            ))}
          </div>
        )}
        {keys.map((_, layer) => (
          <figure key={layer}>
            <figcaption>Layer {layer}</figcaption>
            <div class="kv-pair" style={{ minHeight: `${TITLE + room}px` }}>
              {(["k", "v"] as const).map((of) => (
                <Strip key={of} {...{ cache, layer, of, rowHeight, isCurrent }} />
              ))}
            </div>
          </figure>
        ))}
      </div>
      <p class="key kv-strips-key">
        <span class="k">k</span> key, turned to its position · <span class="v">v</span> value ·{" "}
        <i class="swatch below" /> below zero <i class="swatch above" /> above, each strip with its
        own limits{from > 0 && ` · rows ${from} to ${rows - 1}, the newest`}
      </p>
    </>
  );
}

interface StripProps {
  readonly cache: Cache;
  readonly layer: number;
  readonly of: "k" | "v";
  readonly rowHeight: number;
  readonly isCurrent: boolean;
}

function Strip({ cache, layer, of, rowHeight, isCurrent }: StripProps) {
  const { tokens, rows, from, keys, values, keyHead, config } = cache;
  const { cell, layer: chosenLayer, pos = overview.value.pos } = chosen.value;
  const numbers = (of === "k" ? keys : values)[layer];
  const H = config.headDim;
  const extent = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const dark = isDark.value;
  const isMine = of === "k" ? cell.kind === "turned" && cell.of === "k" : cell.kind === "kept";
  const isSeen = isCurrent && isMine && layer === chosenLayer && pos >= from && pos < rows;
  const targetOf = (row: number, dim: number): Target => ({
    cell: of === "k" ? { kind: "turned", of: "k", dim } : { kind: "kept", dim },
    layer,
    pos: from + row,
  });
  const name = of === "k" ? "keys" : "values";
  return (
    <div class={`kv-strip ${of}`}>
      <b>
        <span aria-hidden="true">{of}</span> <small>± {round(extent)}</small>
      </b>
      <Matrix
        label={`Layer ${layer}, ${name}${config.numKeyValueHeads > 1 ? ` of pair ${keyHead}` : ""}: tokens down, dimensions across`}
        rows={rows - from}
        columns={H}
        numbers={numbers}
        rowHeight={rowHeight}
        colourOf={(row, dim) => valueColour(numbers[row * H + dim], extent, dark)}
        nameOf={(row, dim) =>
          `${pieceText(tokens[from + row]?.piece ?? "")} ${from + row}, dimension ${dim}, ${activation(numbers[row * H + dim] ?? 0)}`
        }
        chosen={isSeen && "dim" in cell ? [pos - from, cell.dim] : undefined}
        targetOf={targetOf}
        isRowMarked
      />
    </div>
  );
}
