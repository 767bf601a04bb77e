/**
 * Whether a value is what a document says behind `// →`: a number to the digits that are written, a text, a list, an
 * object of which some fields are named. `…` stands for what is left out; behind the value a remark may follow.
 */
import { expect } from "vitest";

/** A number as it is written: to how many digits it is known. */
class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  matches(value: unknown): boolean {
    if (typeof value !== "number") return false;
    const wanted = Number(this.text);
    if (!/[.e]/.test(this.text)) return value === wanted;
    const [mantissa, exponent = "0"] = this.text.split("e");
    const digits = (mantissa.split(".")[1] ?? "").length;
    return Math.abs(value - wanted) <= 0.5000001 * 10 ** (Number(exponent) - digits);
  }
}

const VALUE = /^(?:-?\d[\d_.]*(?:e-?\d+)?|"(?:[^"\\]|\\.)*"|true|false|undefined|null|-?Infinity)/;

/** The value at the beginning of a comment. */
export function written(comment: string): string {
  if (!/^[[{]/.test(comment)) return VALUE.exec(comment)?.[0] ?? "";
  let depth = 0;
  for (let i = 0; i < comment.length; i++) {
    if (comment[i] === '"') i += (VALUE.exec(comment.slice(i))?.[0].length ?? 1) - 1;
    else if ("[{".includes(comment[i])) depth++;
    else if ("]}".includes(comment[i]) && --depth === 0) return comment.slice(0, i + 1);
  }
  return "";
}

/** What it stands for; numbers as {@link Written}. */
function parsed(text: string): unknown {
  const names: string[] = [];
  const quoted = /"(?:[^"\\]|\\.)*"/g;
  const strings = text.match(quoted) ?? [];
  let at = 0;
  const code = text
    .replace(quoted, '""')
    .replace(/,?\s*…(?=\s*[\]}])/g, "")
    .replace(/…/g, "")
    .replace(/(?<![\w.])-?\d[\d_]*(?:\.\d+)?(?:e-?\d+)?/g, (number) => `$("${number}")`)
    .replace(/(?<=[{,]\s*)([a-z]\w*)(?=\s*[,}])/gi, (name) => {
      names.push(name);
      return `${name}: $any`;
    })
    .replace(/(?<!\()""(?!\))/g, () => strings[at++] ?? '""');
  return new Function("$", "$any", `return (${code});`)(
    (number: string) => new Written(number.replaceAll("_", "")),
    expect.anything(),
  );
}

/** Where `value` is not what is written; undefined if it is. */
function difference(value: unknown, wanted: unknown, isOpen: boolean): string | undefined {
  if (wanted instanceof Written) {
    return wanted.matches(value) ? undefined : `${value}, where ${wanted.text} is written`;
  }
  if (Array.isArray(wanted)) {
    const list = Array.from((value ?? []) as ArrayLike<unknown>);
    if (list.length < wanted.length || (!isOpen && list.length !== wanted.length)) {
      return `${list.length} elements, where ${wanted.length} are written`;
    }
    return wanted.map((one, i) => difference(list[i], one, isOpen)).find(Boolean);
  }
  const isFields =
    typeof wanted === "object" && wanted !== null && !("asymmetricMatch" in (wanted as object));
  if (isFields) {
    const fields = Object.entries(wanted as object);
    const held = value as Record<string, unknown> | undefined;
    return fields
      .map(([name, one]) => {
        const found = difference(held?.[name], one, isOpen);
        return found && `${name}: ${found}`;
      })
      .find(Boolean);
  }
  try {
    expect(value).toEqual(wanted);
    return undefined;
  } catch {
    return `${JSON.stringify(value)}, where ${JSON.stringify(wanted) ?? wanted} is written`;
  }
}

/** @throws {Error} unless `value` is what the comment says. */
export function assertShows(at: string, line: string, value: unknown, comment: string): void {
  const text = written(comment);
  if (text === "") throw new Error(`${at}: no value behind the arrow: ${comment}`);
  const found = difference(value, parsed(text), text.includes("…"));
  if (found) throw new Error(`${at}: ${line}: it is ${found}`);
}
