/**
 * All bugs in one list, one of which is switched on.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { activation, percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";
import { change } from "../../state.ts";
import { isWhole, outcomeOf, share } from "./outcome.ts";
import type { Break, Broken, Bug } from "./question.ts";

export interface BugListProps {
  readonly told: Break;
  readonly order: readonly Bug[];
  readonly on: string;
  /** What stands under the one that is on, where there is no room beside the list. */
  readonly under: ComponentChildren;
}

export function BugList({ told, order, on, under }: BugListProps) {
  const list = useRef<HTMLFieldSetElement>(null);
  const was = useRef<number | undefined>(undefined);
  // What opens and closes above it does not move the row that was touched.
  const topOf = (id: string) =>
    list.current?.querySelector(`[value="${id}"]`)?.getBoundingClientRect().top;
  const choose = (bug: string) => {
    was.current = topOf(bug);
    change({ bug });
  };
  useLayoutEffect(() => {
    const now = topOf(on);
    if (was.current !== undefined && now !== undefined) scrollBy(0, now - was.current);
    was.current = undefined;
  }, [on]);
  return (
    <section class="card bug-list" aria-label="Known bugs">
      <h3 class="verdict">{verdict(told)}</h3>
      <p class="legend">
        Largest change of a logit; bars grow by the same step for each ten times more.
        <i class="rounding" aria-hidden="true" /> is what float32 rounds.
      </p>
      <fieldset ref={list}>
        <legend class="unseen">The bug that is switched on</legend>
        {order.map(({ id, mistake }) => (
          <div key={id} class={id === on ? "row on" : "row"}>
            <label>
              <input
                type="radio"
                name="bug"
                value={id}
                checked={id === on}
                onChange={() => choose(id)}
              />
              <span class="mistake">{mistake.replace(/\.$/, "")}</span>
              <Change told={told} broken={told.broken[id]} />
            </label>
            {id === on && under}
          </div>
        ))}
      </fieldset>
    </section>
  );
}

function Change({ told, broken }: { told: Break; broken: Broken | undefined }) {
  if (!broken) return <span class="outcome">not measured yet</span>;
  const { change: most, unseen } = broken;
  return (
    <>
      <span class="outcome">
        <Outcome told={told} broken={broken} />
      </span>
      <span class="change">
        {unseen === undefined && (
          <i class="track" aria-hidden="true">
            <i style={{ width: `${100 * share(most)}%` }} />
            <i class="rounding" style={{ left: `${100 * share(told.rounding)}%` }} />
          </i>
        )}
        <b>{unseen === undefined ? activation(most) : "0"}</b>
      </span>
    </>
  );
}

function Outcome({ told, broken }: { told: Break; broken: Broken }) {
  const [{ piece, chance }] = broken.next;
  const says = (
    <>
      <Piece piece={piece} /> {percent(chance)}
    </>
  );
  switch (outcomeOf(told, broken)) {
    case "cannot":
      return <>cannot show here</>;
    case "next":
      return <b>says {says}</b>;
    case "later":
      return <>says {says}, then other words</>;
    default:
      return <>says {says}, no word changes</>;
  }
}

function verdict(told: Break): string {
  const all = told.bugs.length;
  const measured = Object.values(told.broken);
  if (!isWhole(told)) return `${measured.length} of ${all} known bugs are measured`;
  const outcomes = measured.map((broken) => outcomeOf(told, broken));
  const of = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return (
    `Of ${all} known bugs ${of("next")} change the next word, ${of("later")} only words after it, ` +
    `${of("none")} no word of the next ${told.whole.words.length}, and ${of("cannot")} cannot show here.`
  );
}
