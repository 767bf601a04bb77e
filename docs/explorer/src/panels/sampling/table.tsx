/**
 * The most probable tokens, and what each step makes of them. A row is chosen like any other number.
 * @module
 */
import { useRef } from "preact/hooks";
import { chosen } from "../../answers.ts";
import { activation, count, weight } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";
import { choose, pin, pointAt } from "../../state.ts";
import { DRAWS } from "./draws.ts";
import type { Candidate, Sampling } from "./question.ts";

export function SamplingTable({ sampling }: { sampling: Sampling }) {
  const { candidates, drawing, counts, rest } = sampling;
  const { cell } = chosen.value;
  const body = useRef<HTMLTableSectionElement>(null);
  const now = cell.kind === "draw" ? candidates.findIndex(({ id }) => id === cell.id) : -1;
  const target = (i: number) => ({ cell: { kind: "draw" as const, id: candidates[i].id } });
  const onKeyDown = (event: KeyboardEvent) => {
    const last = candidates.length - 1;
    const at = Math.max(0, now);
    if (event.key === "Enter") pin();
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const place = Math.max(0, Math.min(last, to));
    if (place !== now) choose(target(place));
    (body.current?.children[place] as HTMLElement | undefined)?.focus();
  };
  const isGreedy = drawing.temperature === 0;
  const widest = Math.max(
    ...candidates.map(({ afterTopK, tempered }) => Math.max(afterTopK, tempered)),
  );
  return (
    <section class="card choice" aria-label="What each step makes of the tokens">
      <div class="scrolls" role="region" aria-label="Tokens by steps" tabIndex={0}>
        <table role="grid" aria-label="Tokens, the most probable first">
          <thead>
            <tr>
              <th scope="col">token</th>
              <th scope="col" class="number">
                logit
              </th>
              <th scope="col" class="number">
                ÷ T
              </th>
              <th scope="col" class="number">
                chance
              </th>
              <th scope="col" class="bar">
                <span class="unseen">chance as a bar</span>
              </th>
              <th scope="col" class="number">
                sum before
              </th>
              <th scope="col">top-p</th>
              <th scope="col">top-k</th>
              <th scope="col" class="number">
                renewed
              </th>
              <th scope="col" class="bar">
                <span class="unseen">renewed chance as a bar</span>
              </th>
              <th scope="col" class="number">
                of {count(DRAWS)} draws
              </th>
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={onKeyDown} onPointerLeave={() => pointAt(undefined)}>
            {candidates.map((candidate, i) => {
              const { id, piece, survives, tempered, afterTopK, draws } = candidate;
              const classes = [i === now && "now", !survives && "cut"].filter(Boolean).join(" ");
              return (
                <tr
                  key={id}
                  class={classes}
                  aria-selected={i === now}
                  tabIndex={i === Math.max(0, now) ? 0 : -1}
                  onClick={() => choose(target(i))}
                  onPointerEnter={({ pointerType }) =>
                    pointerType === "mouse" && pointAt(target(i))
                  }
                >
                  <th scope="row">
                    <Piece piece={piece} />
                  </th>
                  <td class="number">{activation(candidate.logit)}</td>
                  <td class="number">
                    {candidate.scaled === undefined ? "none" : activation(candidate.scaled)}
                  </td>
                  <td class="number">{weight(tempered)}</td>
                  <td class="bar">
                    <i class="track" aria-hidden="true">
                      <i style={{ width: `${(100 * tempered) / widest}%` }} />
                    </i>
                  </td>
                  <td class="number">{isGreedy ? "" : weight(candidate.before)}</td>
                  <td>{isGreedy ? "" : fate(candidate, "topP", drawing.topP)}</td>
                  <td>{isGreedy ? "" : fate(candidate, "topK", drawing.topK)}</td>
                  <td class="number">{survives ? weight(afterTopK) : ""}</td>
                  <td class="bar">
                    <i class="track renewed" aria-hidden="true">
                      <i style={{ width: `${(100 * afterTopK) / widest}%` }} />
                      {draws > 0 && <em style={{ left: `${(100 * draws) / DRAWS / widest}%` }} />}
                    </i>
                  </td>
                  <td class="number">{survives ? count(draws) : ""}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="note">
        and {count(counts.all - candidates.length)} more, which share {weight(rest)} · a full bar is{" "}
        {widest > 0.999 ? "1" : weight(widest)} · <i class="tick" aria-hidden="true" /> how often it
        came in {count(DRAWS)} draws
      </p>
    </section>
  );
}

/** What a cut makes of a token: kept, or why not, or nothing where it is gone already. */
function fate(candidate: Candidate, by: "topP" | "topK", limit: number): string {
  const { droppedBy, before, rank } = candidate;
  if (droppedBy === "zero") return "";
  if (droppedBy === "topP") return by === "topP" ? `${before.toFixed(2)} > ${limit}` : "";
  if (droppedBy === "topK" && by === "topK") return `${rank + 1} > ${limit}`;
  return "kept";
}
