/**
 * The norms of the model in a row: how long the stream is before each, and what is left of that. One of them is looked at.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { normName } from "../../cells/norm.tsx";
import { round } from "../../format.ts";
import { Choices } from "../../parts/choices.tsx";
import { chooseCell, isWide } from "../../state.ts";
import type { RmsNorm } from "./question.ts";

export function Lengths({ answer: { lengths, norm } }: { answer: RmsNorm }) {
  const { cell } = chosen.value;
  const { layers } = overview.value.model;
  const longest = Math.max(...lengths.map(({ before }) => before));
  const after = lengths.map((one) => one.after);
  const nameOf = (n: number) =>
    n === 2 * layers ? "last norm" : `${n >> 1} ${n % 2 === 0 ? "attention" : "MLP"}`;
  const { before: now, after: then } = lengths[norm];
  return (
    <section class="card lengths" aria-label="Length before and behind each norm">
      <div class="fact">
        <p class="most">
          {round(now)} → {round(then)}
        </p>
        <p>
          The length (√Σx²) before and behind {normName(norm, layers).replace(/^T/, "t")}. The
          stream grew from {round(lengths[0].before)} to {round(longest)}. Whatever it is, each norm
          brings it back: to {round(Math.min(...after))} … {round(Math.max(...after))}.
        </p>
        <p class="legend">
          <i class="pillar" aria-hidden="true" /> before a norm
          <br />
          <i class="pillar behind" aria-hidden="true" /> behind it
        </p>
      </div>
      <Choices
        label="Norms: by layer, before its attention or its MLP"
        class="norms"
        count={lengths.length}
        chosen={norm}
        isVertical={!isWide.value}
        choose={(n) =>
          chooseCell({ kind: "norm", norm: n, dim: cell.kind === "norm" ? cell.dim : 0 })
        }
        moreOf={() => "length before and behind"}
        styleOf={(n) => ({
          "--before": lengths[n].before / longest,
          "--after": lengths[n].after / longest,
        })}
        item={(n) => (
          <>
            <span class="lengths-of">
              {round(lengths[n].before)} → <b>{round(lengths[n].after)}</b>
            </span>
            <span class="pillars" aria-hidden="true">
              <i />
              <i />
            </span>
            <span>{nameOf(n)}</span>
          </>
        )}
      />
    </section>
  );
}
