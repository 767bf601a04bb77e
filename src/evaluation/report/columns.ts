/**
 * Columns of a table in Markdown, set as the Python package pytablewriter sets them: the harness prints its tables by it.
 * @module
 */

/** What stands in a cell: a text, which may be a number that was written, or a number. */
export type Cell = string | number;

/** A column, every line of one width. */
export interface Column {
  readonly title: string;
  /** `---` or `--:`, between head and body. */
  readonly rule: string;
  readonly cells: readonly string[];
}

/** Markdown asks for three dashes. */
const NARROWEST = 3;

/**
 * Numbers are written with as many decimals as the longest of them needs, and go to the right. A column that has a word goes to the left; its
 * numbers stay numbers up to where words are the most frequent kind, and are words from there on.
 */
export function columnOf(title: string, cells: readonly Cell[]): Column {
  const kinds = kindsOf(cells);
  const isNumeric = (kind: Kind) => kind !== "word" && kind !== "empty";
  const isRight = !kinds.includes("word") && kinds.some(isNumeric);
  const decimals = Math.max(
    0,
    ...cells.map((cell, i) => (kinds[i] === "real" ? decimalsOf(Number(cell)) : 0)),
  );
  const texts = cells.map((cell, i) => {
    if (!isNumeric(kinds[i])) return String(cell);
    const isWhole = kinds[i] === "integer" && !isRight;
    return numeral(Number(pythonNumber(cell)), isWhole ? 0 : decimals);
  });
  const width = Math.max(NARROWEST, ...[title, ...texts].map(lengthInColumns));
  const padding = (text: string) => " ".repeat(width - lengthInColumns(text));
  const around = padding(title);
  const half = Math.floor(around.length / 2);
  return {
    title: around.slice(0, half) + title + around.slice(half),
    rule: isRight ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
    cells: texts.map((text, i) => {
      const shown = text.replaceAll("|", "\\|");
      return isRight || isNumeric(kinds[i]) ? padding(text) + shown : shown + padding(text);
    }),
  };
}

type Kind = "integer" | "real" | "nan" | "infinity" | "word" | "empty";

/** What each cell is taken for. */
function kindsOf(cells: readonly Cell[]): Kind[] {
  const counts = new Map<Kind, number>();
  return cells.map((cell) => {
    const most = Math.max(0, ...counts.values());
    const usual = [...counts.keys()].find((kind) => counts.get(kind) === most);
    const isText = typeof cell === "string" && cell.trim() !== "";
    const kind = usual === "word" && isText ? "word" : kindOf(cell);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return kind;
  });
}

function kindOf(cell: Cell): Kind {
  if (typeof cell === "string" && cell.trim() === "") return "empty";
  const number = pythonNumber(cell);
  if (number === undefined) return "word";
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return "infinity";
  return Number.isInteger(number) ? "integer" : "real";
}

/** A cell as a number; undefined for a word. */
function pythonNumber(cell: Cell): number | undefined {
  if (typeof cell === "number") return cell;
  const word = cell.trim().toLowerCase();
  if (word === "nan") return Number.NaN;
  if (/^[+-]?inf(inity)?$/.test(word)) return word.startsWith("-") ? -1 / 0 : 1 / 0;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word) ? Number(word) : undefined;
}

function decimalsOf(number: number): number {
  return String(number).split(".")[1]?.length ?? 0;
}

function numeral(number: number, decimals: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number.toFixed(decimals);
}

/** Scripts and signs that take two columns: East Asian Width W and F of Unicode, as far as names of tasks go. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;

/** One a code point, two for wide ones. */
function lengthInColumns(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}
