/**
 * A number that is set by a slider, or typed.
 * @module
 */
import { useId } from "preact/hooks";
import "./slider-field.css";

export interface SliderFieldProps {
  readonly label: string;
  /** What stands behind the label. */
  readonly note?: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly isOff?: boolean;
  /** Without a slider, where nearness means nothing. */
  readonly isTyped?: boolean;
  set(value: number): void;
}

export function SliderField(props: SliderFieldProps) {
  const { label, note, value, from, to, step, isOff = false, isTyped = false } = props;
  const id = useId();
  const take = ({ currentTarget: field }: { currentTarget: HTMLInputElement }) => {
    const { valueAsNumber: typed } = field;
    if (typed >= from && typed <= to) props.set(typed);
  };
  const limits = { min: from, max: to, step, value, disabled: isOff, onInput: take };
  return (
    <div class="slider-field">
      <label for={id}>
        <b>{label}</b> {note}
      </label>
      <input type="number" id={id} {...limits} />
      {!isTyped && <input type="range" aria-label={`${label}, slider`} {...limits} />}
    </div>
  );
}
