/**
 * How results show themselves: as a table in the terminal (Node's and Deno's `console.log`), and as one of HTML in a
 * notebook (`Jupyter.display`, which Deno's kernel asks for). A plain object gets both with {@link displayed}.
 * @module
 */
import { table } from "../../table.ts";

/** A result as a table. */
export interface DisplayTable {
  /** What it is, on one line. */
  readonly caption: string;
  /** Titles of the columns; the first column says what a row is about. */
  readonly head: readonly string[];
  /** A letter a column: `l` or `r`. */
  readonly align: string;
  /** Its cells, row by row. */
  readonly rows: readonly (readonly string[])[];
  /** What is said below it. */
  readonly note?: string;
}

/** A result in the media types of a notebook. */
export interface Display {
  /** For the terminal. */
  readonly "text/plain": string;
  /** For a notebook. */
  readonly "text/html": string;
}

/** Caption, aligned columns, note: lines without a newline at the end. */
export function textTable({ caption, head, align, rows, note }: DisplayTable): string {
  const body = table([head, ...rows], align, "  ").trimEnd();
  return [caption, body, ...(note === undefined ? [] : [note])].join("\n");
}

/** The same as a table of HTML: every cell has its row and its column by name, for those who hear it. */
export function htmlTable({ caption, head, align, rows, note }: DisplayTable): string {
  const style = (column: number) =>
    ` style="text-align:${align[column] === "r" ? "right" : "left"}"`;
  const titles = head.map((title, i) => `<th scope="col"${style(i)}>${escapeHtml(title)}</th>`);
  const lines = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const [name, scope] = i === 0 ? ["th", ' scope="row"'] : ["td", ""];
      return `<${name}${scope}${style(i)}>${escapeHtml(cell)}</${name}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const said = `<caption style="text-align:left">${escapeHtml(caption)}</caption>`;
  const body = `<thead><tr>${titles.join("")}</tr></thead><tbody>${lines.join("\n")}</tbody>`;
  const below = note === undefined ? "" : `<p>${escapeHtml(note)}</p>`;
  return `<table style="font-variant-numeric:tabular-nums">${said}${body}</table>${below}`;
}

/**
 * `value` itself, which from now on shows itself as that table; a prototype, whose objects do. Fields stay as they are, for
 * `JSON.stringify`, spreads and comparisons. Further inside another object the caption is all that is shown.
 */
export function displayed<T extends object>(value: T, shown: (value: T) => DisplayTable): T {
  function inspect(this: T, depth = 0): string {
    const table = shown(this);
    return depth < 0 ? `[${table.caption}]` : textTable(table);
  }
  function display(this: T): Display {
    const table = shown(this);
    return { "text/plain": textTable(table), "text/html": htmlTable(table) };
  }
  const hidden = (method: unknown) => ({ value: method, configurable: true });
  return Object.defineProperties(value, {
    [Symbol.for("nodejs.util.inspect.custom")]: hidden(inspect), // Deno's console asks for it, too
    [Symbol.for("Jupyter.display")]: hidden(display),
  });
}

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (c) => names[c]);
}
