/**
 * Break it: known bugs, how much each changes, and what the one that is switched on does to the text.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { lastAnswer, useAnswer } from "../../asked.ts";
import { count } from "../../format.ts";
import { Frame } from "../../parts/frame.tsx";
import { bug, isWide, refuse, view } from "../../state.ts";
import { BugList } from "./bug-list.tsx";
import { BugDetail } from "./detail.tsx";
import { useOrder } from "./order.ts";
import { type Break, componentOf, FIRST } from "./question.ts";
import { Which } from "./which.tsx";
import "./style.css";

export default function BreakPanel() {
  const { prompt, pos } = overview.value;
  const first = bug.value ?? FIRST;
  const told = useAnswer("break", { prompt, pos, first }, (part) => {
    lastAnswer("break").value = part;
  });
  useEffect(() => {
    if (told) checkLink(told);
  }, [told?.bugs, bug.value, view.value]);
  return (
    <Frame panel="break" title="Break it" switches={told && <Which told={told} />} answer={told}>
      {(shown) => <Shown told={shown} />}
    </Frame>
  );
}

function Shown({ told }: { told: Break }) {
  const { prompt, pos } = overview.value;
  const all = useOrder(told);
  const ofPart = all.filter(({ id }) => componentOf(id) === view.value);
  const order = ofPart.length > 0 ? ofPart : all;
  const on = order.find(({ id }) => id === (bug.value ?? FIRST)) ?? order[0];
  if (told.tooMany !== undefined) {
    return (
      <p class="card">
        Bugs are switched on in a slow engine that holds everything in float64. A model of{" "}
        {count(told.tooMany)} weights is too large for it; the small model that comes with this page
        is not.
      </p>
    );
  }
  const isStale = told.prompt !== prompt || told.pos !== pos;
  const detail = <BugDetail told={told} bug={on} />;
  return (
    <div class={isStale ? "bugs stale" : "bugs"} aria-busy={isStale}>
      <BugList told={told} order={order} on={on.id} under={isWide.value ? undefined : detail} />
      {isWide.value && detail}
    </div>
  );
}

/** A link may name a bug, or a part of the model, that the suite does not know. */
function checkLink({ bugs }: Break): void {
  const named = bug.peek();
  if (named !== undefined && bugs.every(({ id }) => id !== named)) {
    refuse("bug", "no known bug is called so");
  }
  const seen = view.peek();
  if (seen === undefined) return;
  if (bugs.every(({ id }) => componentOf(id) !== seen)) refuse("view", "no bug is of that part");
  else if (componentOf(bug.peek() ?? `${seen}-`) !== seen)
    refuse("view", "the bug is of another part");
}
