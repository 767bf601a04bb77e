/**
 * The ways to compute, a row each; one is chosen.
 * @module
 */
import type { ComponentChildren } from "preact";
import { overview } from "../../answers.ts";
import { count, distance, percent } from "../../format.ts";
import { Choices } from "../../parts/choices.tsx";
import { change } from "../../state.ts";
import { absences, chosenWay, differences, nameAt, running, speeds } from "./measured.ts";
import { CONTINUED, type Difference, WAYS } from "./question.ts";

/** Differences are drawn by their logarithm, from this one on. */
const LEAST = 1e-8;
const share = (value: number) =>
  Math.max(0, Math.min(1, 1 - Math.log10(Math.max(value, LEAST)) / Math.log10(LEAST)));

export function Ways() {
  const { pos } = overview.value;
  const most = Math.max(...speeds.value.values());
  const choose = (index: number) => {
    const { backend, precision } = WAYS[index];
    change({ backend, precision });
  };
  return (
    <section class="card ways" aria-label="Ways to compute">
      <div class="way-row titles" aria-hidden="true">
        <span>backend, precision</span>
        <span>
          largest logit difference <small>bar: 10⁻⁸ … 1</small>
        </span>
        <span>mean</span>
        <span>largest chance difference</span>
        <span>{CONTINUED} tokens it goes on with</span>
        <span>tokens a second</span>
        <span>loaded in</span>
      </div>
      <Choices
        label="Ways to compute the same model"
        class="way-list"
        isVertical
        count={WAYS.length}
        chosen={chosenWay.value}
        choose={choose}
        item={(i) => {
          const name = nameAt(i);
          const why = absences.value.get(name);
          const found = differences.value.get(name);
          const speed = speeds.value.get(name);
          return (
            <div class="way-row">
              <b>
                {WAYS[i].backend} <span>{WAYS[i].precision}</span>
              </b>
              {why !== undefined || (!found && speed === undefined) ? (
                <p class="why">{why ?? (running.value ? "being measured" : "not measured yet")}</p>
              ) : (
                <>
                  <Field label="largest logit difference" bar={found && share(atPos(found, pos))}>
                    {found && distance(atPos(found, pos))}
                  </Field>
                  <Field label="mean">{found && distance(found.meanLogit[pos])}</Field>
                  <Field label="largest chance difference">
                    {found && points(found.largestChance[pos])}
                  </Field>
                  <Field label={`${CONTINUED} tokens it goes on with`}>
                    {found && agreement(found, i === 0)}
                  </Field>
                  <Field label="tokens a second" bar={speed && speed / most} isFast>
                    {speed === undefined ? running.value === "speed" && "…" : perSecond(speed)}
                  </Field>
                  <Field label="loaded in">{found && milliseconds(found.loadSeconds)}</Field>
                </>
              )}
            </div>
          );
        }}
      />
    </section>
  );
}

function Field(props: {
  label: string;
  bar?: number;
  isFast?: boolean;
  children: ComponentChildren;
}) {
  return (
    <span class="field">
      <small>{props.label} </small>
      {props.bar !== undefined && (
        <i class={props.isFast ? "track fast" : "track"}>
          <i style={{ width: `${100 * props.bar}%` }} />
        </i>
      )}
      <span>{props.children || "–"}</span>
    </span>
  );
}

const atPos = (found: Difference, pos: number) => found.largestLogit[pos] ?? 0;

/** A difference of chances, in points: 58 % and 57 % are 1 point apart. */
function points(difference: number): string {
  if (difference === 0) return "0";
  return difference < 0.001 ? `${distance(difference * 100)}\u202f%` : percent(difference);
}

function agreement({ differsAt, continued }: Difference, isReference: boolean): string {
  if (isReference) return "the reference";
  if (continued.length === 0) return "no room for more";
  return differsAt === undefined ? "all the same" : `differ from the ${ordinal(differsAt + 1)} on`;
}

const ordinal = (n: number) => {
  const ending = n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${ending}`;
};
const perSecond = (speed: number) => count(Math.round(speed));
const milliseconds = (seconds: number) => `${count(Math.round(seconds * 1000))}\u202fms`;
