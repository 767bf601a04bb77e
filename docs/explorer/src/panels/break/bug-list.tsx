/**
 * All bugs in one list, one of which is switched on.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { percent } from "../../format.ts";
import { Piece } from "../../parts/piece.tsx";
import { change } from "../../state.ts";
import { changeText, isWhole, type Outcome, outcomeOf, share } from "./outcome.ts";
import { type Break, type Broken, type Bug, componentName, componentOf } from "./question.ts";

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
      <Verdict told={told} />
      <p class="legend">
        The number is the largest change of a logit, a token’s score. Its bar grows by one step for
        each ten times more; <i class="rounding" aria-hidden="true" /> is what float32 rounds.
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
              <span class="outcome">
                {componentName(componentOf(id))} · <Says told={told} broken={told.broken[id]} />
              </span>
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
  if (!broken) return null;
  const { change: most, unseen } = broken;
  return (
    <>
      <i class={unseen === undefined ? "track" : ""} aria-hidden="true">
        {unseen === undefined && (
          <>
            <i style={{ width: `${100 * share(most)}%` }} />
            <i class="rounding" style={{ left: `${100 * share(told.rounding)}%` }} />
          </>
        )}
      </i>
      <b class="change">{changeText(most)}</b>
    </>
  );
}

function Says({ told, broken }: { told: Break; broken: Broken | undefined }) {
  if (!broken) return <>not measured yet</>;
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
      return <b>says {says} instead</b>;
    case "later":
      return <>says {says}, then other words</>;
    default:
      return <>says {says}, no word changes</>;
  }
}

function Verdict({ told }: { told: Break }) {
  const all = told.bugs.length;
  const measured = Object.values(told.broken);
  if (!isWhole(told)) {
    return (
      <h3 class="verdict">
        {measured.length} of {all} known bugs are measured
      </h3>
    );
  }
  const outcomes = measured.map((broken) => outcomeOf(told, broken));
  const of = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  return (
    <>
      <h3 class="verdict whole">
        {of("next")} of {all} known bugs change the next word, {of("later")} more what follows it
      </h3>
      <p>
        {of("none")} change no word of the next {told.whole.words.length}; {of("cannot")} cannot
        show here.
      </p>
    </>
  );
}
