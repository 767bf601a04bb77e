/**
 * Numbers and tables for readers.
 * @module
 */

/**
 * Rows as lines of aligned columns, two spaces apart.
 * @param align a letter a column: `l` or `r`.
 */
export function table(rows: readonly (readonly string[])[], align: string, indent = ""): string {
  const widths = Array.from(align, (_, column) =>
    Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (align[c] === "r" ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join("  ");
  return rows.map((row) => `${`${indent}${line(row)}`.trimEnd()}\n`).join("");
}

/** A number in four digits: `0.1235`, `-12.35`, `1.23e-7`, `-∞`. */
export function formatNumber(x: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 9999.5)) return x.toExponential(2);
  return Number.isInteger(x) ? `${x}` : x.toPrecision(4);
}

/** `2506172416` → `2,506,172,416`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `5012344832` → `5.01 GB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const value = (bytes / 1000 ** power).toLocaleString("en-US", { maximumSignificantDigits: 3 });
  return `${value} ${units[power]}`;
}

/** A piece of a vocabulary on one line: control characters would move the cursor, so they are spelled out. */
export function formatPiece(piece: string): string {
  return piece.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (c) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[c];
    return short ?? `\\u{${c.codePointAt(0)?.toString(16)}}`;
  });
}
