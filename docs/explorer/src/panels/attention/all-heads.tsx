/**
 * The patterns of all heads, a row a layer: so that one sees at once which kinds of head there are.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { chanceColour } from "../../colour.ts";
import { pieceText, weight } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";
import { change, isDark } from "../../state.ts";
import type { Attention } from "./question.ts";

export function AllHeads(shown: Attention & { readonly all: Float64Array }) {
  const { model, prompt } = overview.value;
  const now = chosen.value;
  const { all, size, from, tokens } = shown;
  const dark = isDark.value;
  const name = (i: number) => `${pieceText(tokens[from + i]?.piece ?? "")} ${from + i}`;
  const { cell } = now;
  const isSeen = (at: number) => at >= from && at < from + size;
  const isHere = shown.prompt === prompt && cell.kind === "weight";
  const place =
    isHere && isSeen(cell.query) && isSeen(cell.key)
      ? ([cell.query - from, cell.key - from] as const)
      : undefined;
  return (
    <div class="card all-heads" style={{ "--heads": model.heads }}>
      {Array.from({ length: model.layers * model.heads }, (_, i) => {
        const [layer, head] = [Math.floor(i / model.heads), i % model.heads];
        const begin = i * size * size;
        const at = (r: number, c: number) => all[begin + r * size + c];
        const isNow = now.layer === layer && now.head === head;
        return (
          <figure key={i} class={isNow ? "now" : ""}>
            <figcaption>
              <button
                type="button"
                class="link"
                onClick={() => change({ layer, head, view: undefined })}
              >
                {layer}.{head}
                <span class="unseen"> in four stages</span>
              </button>
            </figcaption>
            <Matrix
              label={`Pattern of head ${layer}.${head}, queries down, keys across`}
              rows={size}
              columns={size}
              numbers={all}
              colourOf={(r, c) => (c > r ? undefined : chanceColour(at(r, c), dark))}
              nameOf={(r, c) =>
                `query ${name(r)}, key ${name(c)}, ${c > r ? "hidden" : weight(at(r, c))}`
              }
              chosen={isNow ? place : undefined}
              targetOf={(r, c) => ({
                cell: { kind: "weight", query: from + r, key: from + c },
                layer,
                head,
              })}
            />
          </figure>
        );
      })}
      <p class="key">
        {dark ? "lighter" : "darker"} is more weight <i class="ramp" aria-hidden="true" /> 0 to 1 ·
        a row a layer, a column a head; queries down, keys across
      </p>
    </div>
  );
}
