/**
 * A row or a column of things one of which is chosen: one stop of the Tab key, arrows within.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface ChoicesProps {
  readonly label: string;
  readonly class: string;
  readonly count: number;
  /** Undefined if none of these is. */
  readonly chosen: number | undefined;
  readonly isVertical?: boolean;
  choose(index: number): void;
  /** Enter, on the one that is chosen. */
  open?(index: number): void;
  /** The name of one, where its own text does not say it. */
  nameOf?(index: number): string;
  /** What those that listen hear after its own text. */
  moreOf?(index: number): string;
  classOf?(index: number): string;
  styleOf?(index: number): Record<string, string | number>;
  item(index: number): ComponentChildren;
}

export function Choices(props: ChoicesProps) {
  const { label, count, chosen, isVertical = false, choose } = props;
  const list = useRef<HTMLDivElement>(null);
  const option = (index: number) => list.current?.children[index] as HTMLElement | undefined;

  // In a row that scrolls, what is chosen is in sight.
  useEffect(() => {
    const box = list.current;
    const one = chosen === undefined ? undefined : option(chosen);
    if (!box || !one || box.scrollWidth <= box.clientWidth) return;
    box.scrollLeft = one.offsetLeft - (box.clientWidth - one.offsetWidth) / 2;
  }, [chosen, count]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = chosen ?? 0;
    const to = {
      [isVertical ? "ArrowUp" : "ArrowLeft"]: at - 1,
      [isVertical ? "ArrowDown" : "ArrowRight"]: at + 1,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (to !== undefined) {
      const place = Math.max(0, Math.min(count - 1, to));
      choose(place);
      option(place)?.focus();
    } else if (event.key === "Enter" && props.open) props.open(at);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={list}
      role="listbox"
      aria-label={label}
      aria-orientation={isVertical ? "vertical" : "horizontal"}
      class={props.class}
      onKeyDown={onKeyDown}
    >
      {Array.from({ length: count }, (_, i) => (
        <div
          key={i}
          role="option"
          aria-selected={i === chosen}
          aria-label={props.nameOf?.(i)}
          tabIndex={i === (chosen ?? 0) ? 0 : -1}
          class={props.classOf?.(i)}
          style={props.styleOf?.(i)}
          onClick={() => choose(i)}
        >
          {props.item(i)}
          {props.moreOf && <span class="unseen">, {props.moreOf(i)}</span>}
        </div>
      ))}
    </div>
  );
}
