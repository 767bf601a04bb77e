/**
 * A setting: by a slider, or as a number.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface SliderProps {
  readonly name: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly ends: readonly [string, string];
  /** Each step of the slider multiplies: among a thousand, 3 and 4 are as far apart as 300 and 400. */
  readonly isLog?: boolean;
  /** It does nothing now. */
  readonly isOff?: boolean;
  set(value: number): void;
  /** What it does to these numbers. */
  readonly children: ComponentChildren;
}

/** Steps of a slider that multiplies. */
const FINE = 200;

export function Slider(props: SliderProps) {
  const { name, value, min, max, step, isLog = false, isOff = false, set } = props;
  const id = useId();
  const place = isLog ? (FINE * Math.log(value / min)) / Math.log(max / min) : value;
  const valueAt = (at: number) => (isLog ? Math.round(min * (max / min) ** (at / FINE)) : at);
  const take = (to: number) => {
    const isNumber = Number.isFinite(to) && (step < 1 || Number.isInteger(to));
    if (isNumber && to >= min && to <= max) set(to);
  };
  return (
    <div class={isOff ? "card slider off" : "card slider"}>
      <label for={id}>{name}</label>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        {...{ min, max, step: "any" }}
        disabled={isOff}
        value={value}
        onChange={({ currentTarget }) => {
          take(currentTarget.valueAsNumber);
          currentTarget.value = String(value); // what cannot be is not taken
        }}
      />
      <input
        type="range"
        aria-label={`${name}, slider`}
        aria-valuetext={String(value)}
        {...(isLog ? { min: 0, max: FINE, step: 1 } : { min, max, step })}
        disabled={isOff}
        value={place}
        onInput={({ currentTarget }) => set(valueAt(currentTarget.valueAsNumber))}
      />
      <p class="ends" aria-hidden="true">
        <span>{props.ends[0]}</span>
        <span>{props.ends[1]}</span>
      </p>
      <p>{isOff ? "does nothing: nothing is drawn" : props.children}</p>
    </div>
  );
}
