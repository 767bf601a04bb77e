/**
 * Numbers as coloured cells: a canvas, and over it the one cell that is chosen. For those that listen it is a grid of
 * which only that cell is real. It is one stop of the Tab key, with arrows within.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { moved, type Place } from "../moves.ts";
import { choose, isDark, pin, pointAt, type Target } from "../state.ts";

export interface MatrixProps {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** Cells from here on are not there: 512 units fill 24 × 22 but for 16. */
  readonly count?: number;
  /** The numbers: as long as they are the same, nothing is drawn again. */
  readonly numbers: unknown;
  /** The fill of a cell; of a hidden one undefined. */
  colourOf?(row: number, column: number): string | undefined;
  /** A picture in place of coloured cells, such as bars: each number has a cell's share of it. */
  readonly children?: ComponentChildren;
  nameOf(row: number, column: number): string;
  readonly chosen: Place | undefined;
  /** The number that a cell stands for: it is looked at under a pointer, chosen by a click or keys, pinned by Enter. */
  targetOf(row: number, column: number): Target;
  /** Of a row, in pixels. Cells are squares without it. */
  readonly rowHeight?: number;
  /** Whether the row of the chosen cell is marked as well. */
  readonly isRowMarked?: boolean;
}

export function Matrix(props: MatrixProps) {
  const { rows, columns, count = rows * columns, chosen } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState(0);
  const id = useId();
  const dark = isDark.value;

  useEffect(() => {
    const watch = new ResizeObserver(([{ contentRect }]) => setSize(contentRect.width));
    if (canvas.current) watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (canvas.current && size > 0) draw(canvas.current, size, { ...props, count }, dark);
  }, [props.numbers, dark, size]);

  const isThere = ([row, column]: Place) => row * columns + column < count;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && chosen) pin();
    const to = moved(event, chosen ?? [0, 0], rows, columns);
    if (!to) return;
    event.preventDefault();
    const place = chosen ? to : ([0, 0] as const);
    if (isThere(place)) choose(props.targetOf(...place));
  };
  const placeAt = (event: MouseEvent): Place | undefined => {
    if (!box.current) return undefined;
    const { left, top, width, height } = box.current.getBoundingClientRect();
    const row = Math.floor(((event.clientY - top) / height) * rows);
    const column = Math.floor(((event.clientX - left) / width) * columns);
    const isInside = row >= 0 && row < rows && column >= 0 && column < columns;
    return isInside && isThere([row, column]) ? [row, column] : undefined;
  };
  const onClick = (event: MouseEvent) => {
    const place = placeAt(event);
    if (place) choose(props.targetOf(...place));
  };
  const onPointerMove = (event: PointerEvent) => {
    if (event.pointerType !== "mouse") return;
    const place = placeAt(event);
    if (place?.[0] === chosen?.[0] && place?.[1] === chosen?.[1]) return;
    pointAt(place && props.targetOf(...place));
  };
  const share = (part: number, whole: number) => `${(100 * part) / whole}%`;
  return (
    <div
      ref={box}
      role="grid"
      class="matrix"
      aria-label={props.label}
      aria-rowcount={rows}
      aria-colcount={columns}
      aria-activedescendant={chosen && id}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onPointerMove={onPointerMove}
      onPointerLeave={() => pointAt(undefined)}
    >
      {props.children ?? (
        <canvas
          ref={canvas}
          aria-hidden="true"
          style={
            props.rowHeight
              ? { height: `${rows * props.rowHeight}px` }
              : { aspectRatio: `${columns} / ${rows}` }
          }
        />
      )}
      {chosen && props.isRowMarked && (
        <i
          class="row-mark"
          aria-hidden="true"
          style={{ top: share(chosen[0], rows), height: share(1, rows) }}
        />
      )}
      <div role="row" aria-rowindex={(chosen?.[0] ?? 0) + 1}>
        <div
          role="gridcell"
          id={id}
          aria-colindex={(chosen?.[1] ?? 0) + 1}
          aria-selected={chosen !== undefined}
          aria-label={props.nameOf(...(chosen ?? [0, 0]))}
          class={chosen ? "cell-mark" : "unseen"}
          style={
            chosen && {
              top: share(chosen[0], rows),
              left: share(chosen[1], columns),
              width: share(1, columns),
              height: share(1, rows),
            }
          }
        />
      </div>
    </div>
  );
}

/** @param size the width on the page: to ask the canvas would cost a layout. */
function draw(
  canvas: HTMLCanvasElement,
  size: number,
  { rows, columns, count, colourOf, rowHeight = size / columns }: MatrixProps & { count: number },
  dark: boolean,
): void {
  const width = Math.round(size * devicePixelRatio);
  const height = Math.round(rows * rowHeight * devicePixelRatio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.clearRect(0, 0, width, height);
  const gap = width / columns >= 4 * devicePixelRatio ? Math.round(devicePixelRatio) : 0;
  const edge = (i: number, n: number, whole: number) => Math.round((i * whole) / n);
  context.strokeStyle = dark ? "#4a505e" : "#cdc9be";
  context.lineWidth = devicePixelRatio;
  for (let i = 0; i < count; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const [x, y] = [edge(column, columns, width), edge(row, rows, height)];
    const w = edge(column + 1, columns, width) - x - gap;
    const h = edge(row + 1, rows, height) - y - gap;
    const colour = colourOf?.(row, column);
    if (colour !== undefined) {
      context.fillStyle = colour;
      context.fillRect(x, y, w, h);
      continue;
    }
    context.beginPath();
    context.moveTo(x + w * 0.35, y + h * 0.65);
    context.lineTo(x + w * 0.65, y + h * 0.35);
    context.stroke();
  }
}
