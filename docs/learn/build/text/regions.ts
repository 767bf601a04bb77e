/**
 * Code that a page shows, taken from the source by the name of its region:
 *
 *     // #region rows
 *     …
 *     // #endregion
 *
 * @module
 */

/** More than this nobody reads on a page. */
const MOST_LINES = 25;

/** The lines of a region, moved to the left margin. @throws {Error} if it is missing, open, or too long. */
export function regionOf(source: string, name: string, file: string): string {
  const lines = source.split("\n");
  const begins = lines.flatMap((line, i) => (line.trim() === `// #region ${name}` ? [i] : []));
  if (begins.length !== 1) throw new Error(`${file}: ${begins.length} regions "${name}"`);
  const length = lines.slice(begins[0]).findIndex((line) => line.trim() === "// #endregion");
  if (length < 0) throw new Error(`${file}: the region "${name}" does not end`);
  const inside = lines.slice(begins[0] + 1, begins[0] + length);
  if (inside.some((line) => line.includes("// #region"))) {
    throw new Error(`${file}: a region inside "${name}"`);
  }
  if (inside.length > MOST_LINES) {
    throw new Error(`${file}: "${name}" has ${inside.length} lines, more than ${MOST_LINES}`);
  }
  const indents = inside.filter(Boolean).map((line) => line.length - line.trimStart().length);
  return inside.map((line) => line.slice(Math.min(...indents))).join("\n");
}
