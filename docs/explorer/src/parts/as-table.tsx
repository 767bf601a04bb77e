/**
 * A picture once more, as a table: for those that read numbers, or copy them. Its rows are made when it is opened.
 * @module
 */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

export interface AsTableProps {
  /** What the table shows, and in which unit. */
  readonly caption: string;
  /** What the heads of rows and of columns are: `query ↓, key →`. */
  readonly corner: string;
  readonly rows: number;
  readonly columns: number;
  rowHead(row: number): ComponentChildren;
  columnHead(column: number): ComponentChildren;
  /** One number, or whatever else stands in a cell. */
  cell(row: number, column: number): ComponentChildren;
}

export function AsTable(props: AsTableProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <section class="as-table" aria-label="As a table">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span> As a table
      </button>
      {isOpen && (
        <div id={id} class="scrolls" role="region" aria-label={props.caption} tabIndex={0}>
          <Numbers {...props} />
        </div>
      )}
    </section>
  );
}

function Numbers({ caption, corner, rows, columns, rowHead, columnHead, cell }: AsTableProps) {
  const across = [...Array(columns).keys()];
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{corner}</th>
          {across.map((column) => (
            <th key={column} scope="col" class="number">
              {columnHead(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...Array(rows).keys()].map((row) => (
          <tr key={row}>
            <th scope="row">{rowHead(row)}</th>
            {across.map((column) => (
              <td key={column} class="number">
                {cell(row, column)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
