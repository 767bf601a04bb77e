/**
 * How keys move through a table of cells, which is one stop of the Tab key.
 * @module
 */
export type Place = readonly [row: number, column: number];

/** Where a key leads; undefined if it is not one of these. */
export function moved(
  { key, ctrlKey }: Pick<KeyboardEvent, "key" | "ctrlKey">,
  [row, column]: Place,
  rows: number,
  columns: number,
): Place | undefined {
  const place = (r: number, c: number): Place => [
    Math.max(0, Math.min(rows - 1, r)),
    Math.max(0, Math.min(columns - 1, c)),
  ];
  switch (key) {
    case "ArrowLeft":
      return place(row, column - 1);
    case "ArrowRight":
      return place(row, column + 1);
    case "ArrowUp":
      return place(row - 1, column);
    case "ArrowDown":
      return place(row + 1, column);
    case "Home":
      return place(ctrlKey ? 0 : row, 0);
    case "End":
      return place(ctrlKey ? rows - 1 : row, columns - 1);
    default:
      return undefined;
  }
}
