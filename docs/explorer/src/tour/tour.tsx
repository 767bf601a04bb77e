/**
 * The tour's card: where one is, what to look at, and the way on. On a phone it lies at the foot of the screen.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { overview } from "../answers.ts";
import { isSheetOpen } from "../inspector/sheet.ts";
import { EXAMPLE_PROMPT } from "../link.ts";
import { change, goTo, panel, prompt, tour } from "../state.ts";
import { STEPS } from "./steps.ts";

/** @param number of the step, from 1. */
export function goToStep(number: number): void {
  goTo({ ...STEPS[number - 1].state, tour: number });
}

export function Tour() {
  const number = tour.value;
  const title = useRef<HTMLHeadingElement>(null);
  const before = useRef(number);
  // Whoever takes a step reads its text next; a link that is opened leaves the focus alone.
  useEffect(() => {
    if (before.current !== undefined && number !== before.current) title.current?.focus();
    before.current = number;
  }, [number]);
  if (number === undefined || isSheetOpen.value) return null;
  const step = STEPS[number - 1];
  const isAway = prompt.value !== EXAMPLE_PROMPT || panel.value !== step.state.panel;
  const end = () => change({ tour: undefined });
  return (
    <section class="tour" aria-label="Tour">
      <p class="tour-head">
        <b>
          Tour, step {number} of {STEPS.length}
        </b>
        <button type="button" class="link" onClick={end}>
          End it <kbd>Esc</kbd>
        </button>
      </p>
      <h2 ref={title} tabIndex={-1}>
        {step.title}
      </h2>
      <p>{step.text(overview.value)}</p>
      <p class="tour-ways">
        {number < STEPS.length ? (
          <button type="button" class="primary" onClick={() => goToStep(number + 1)}>
            Next
          </button>
        ) : (
          <button type="button" class="primary" onClick={end}>
            Done
          </button>
        )}
        <button type="button" disabled={number === 1} onClick={() => goToStep(number - 1)}>
          Back
        </button>
        {isAway && (
          <button type="button" onClick={() => goToStep(number)}>
            To this step
          </button>
        )}
      </p>
    </section>
  );
}
