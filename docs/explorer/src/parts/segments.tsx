/**
 * A row of numbers of which one is chosen.
 * @module
 */
import { Choices } from "../parts/choices.tsx";

export function Segments(props: {
  label: string;
  count: number;
  chosen: number;
  choose(index: number): void;
}) {
  return (
    <div class="segments-of">
      <span aria-hidden="true">{props.label}</span>
      <Choices
        {...props}
        class="segments"
        nameOf={(i) => `${props.label} ${i}`}
        item={(i) => <>{i}</>}
      />
    </div>
  );
}
