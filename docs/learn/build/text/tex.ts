/**
 * Formulas: the little of TeX that the pages use, as MathML.
 *
 * A page has a formula once, in a block ```` ```math ````. GitHub renders that itself; typedoc's pages get MathML from
 * here. A command that is not known is an error, so that both show the same.
 * @module
 */

/** What stands for itself. */
const SYMBOLS: Readonly<Record<string, string>> = {
  ...{ cdot: "·", times: "×", le: "≤", ge: "≥", ne: "≠", in: "∈", leftarrow: "←", to: "→" },
  ...{ infty: "∞", dots: "…", sum: "∑", prod: "∏", lfloor: "⌊", rfloor: "⌋", odot: "⊙", pm: "±" },
};
const LETTERS: Readonly<Record<string, string>> = {
  ...{
    alpha: "α",
    beta: "β",
    gamma: "γ",
    varepsilon: "ε",
    theta: "θ",
    mu: "μ",
    pi: "π",
    partial: "∂",
  },
  ...{ sigma: "σ", phi: "φ", ell: "ℓ", eta: "η", lambda: "λ" },
};
const NAMED = ["max", "min", "exp", "log", "cos", "sin", "tanh", "arg"];
const SPACES: Readonly<Record<string, string>> = { ",": "0.17em", ";": "0.28em", quad: "1em" };

/** @throws {Error} on what is not known here. */
export function texToMathml(tex: string): string {
  const aligned = /^\s*\\begin\{aligned\}([\s\S]*)\\end\{aligned\}\s*$/.exec(tex)?.[1];
  const inner = aligned === undefined ? rowOf(new Reader(tex)) : tableOf(aligned);
  return `<math display="block" xmlns="http://www.w3.org/1998/Math/MathML">${inner}</math>`;
}

/** Lines are cut by `\\`, and aligned at `&`. */
function tableOf(lines: string): string {
  const cells = (line: string) =>
    line.split("&").map((cell, c) => {
      const side = c % 2 === 0 ? "right" : "left";
      const style = `text-align:${side};padding:.25em .15em`;
      return `<mtd style="${style}">${rowOf(new Reader(cell))}</mtd>`;
    });
  const rows = lines.split("\\\\").filter((line) => line.trim());
  return `<mtable displaystyle="true">${rows.map((line) => `<mtr>${cells(line).join("")}</mtr>`).join("")}</mtable>`;
}

/** Commands, numbers and single characters, one after another. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tex: string) {
    this.#tokens = tex.match(/\\[A-Za-z]+|\\.|\d+(\.\d+)?|\S|\s+/g) ?? [];
  }

  /** The next token that is not a space, which stays. */
  get next(): string | undefined {
    while (/^\s+$/.test(this.#tokens[this.#at] ?? "")) this.#at++;
    return this.#tokens[this.#at];
  }

  take(): string {
    const token = this.next;
    if (token === undefined) throw new Error("TeX: the formula ends too early");
    this.#at++;
    return token;
  }

  /** The letters between braces, spaces and all. */
  takeText(): string {
    if (this.take() !== "{") throw new Error("TeX: expected {");
    const end = this.#tokens.indexOf("}", this.#at);
    const text = this.#tokens.slice(this.#at, end).join("");
    this.#at = end + 1;
    return text;
  }
}

/** Everything up to `end`, which is taken; up to the end of the formula, without one. */
function rowOf(reader: Reader, end?: string): string {
  const parts: string[] = [];
  while (reader.next !== end) parts.push(scripted(reader));
  if (end !== undefined) reader.take();
  return parts.length === 1 ? parts[0] : `<mrow>${parts.join("")}</mrow>`;
}

/** An atom with what stands below and above it. */
function scripted(reader: Reader): string {
  const name = reader.next;
  const base = atom(reader);
  const scripts: { _?: string; "^"?: string } = {};
  while (reader.next === "_" || reader.next === "^")
    scripts[reader.take() as "_" | "^"] = atom(reader);
  const { _: below, "^": above } = scripts;
  const isBig = ["\\sum", "\\prod", "\\max", "\\min"].includes(name ?? "");
  const [under, over, both] = isBig
    ? ["munder", "mover", "munderover"]
    : ["msub", "msup", "msubsup"];
  if (below !== undefined && above !== undefined)
    return `<${both}>${base}${below}${above}</${both}>`;
  if (below !== undefined) return `<${under}>${base}${below}</${under}>`;
  return above === undefined ? base : `<${over}>${base}${above}</${over}>`;
}

function atom(reader: Reader): string {
  const token = reader.take();
  if (token === "{") return rowOf(reader, "}");
  if (/^\d/.test(token)) return `<mn>${token}</mn>`;
  if (/^[A-Za-z]$/.test(token)) return `<mi>${token}</mi>`;
  if (!token.startsWith("\\")) return `<mo${fence(token)}>${escaped(token)}</mo>`;
  const name = token.slice(1);
  if (name in SYMBOLS) return `<mo>${SYMBOLS[name]}</mo>`;
  if (name in LETTERS) return `<mi>${LETTERS[name]}</mi>`;
  if (name in SPACES) return `<mspace width="${SPACES[name]}"></mspace>`;
  if (NAMED.includes(name)) return `<mi>${name}</mi>`;
  switch (name) {
    case "frac":
      return `<mfrac>${atom(reader)}${atom(reader)}</mfrac>`;
    case "sqrt":
      return `<msqrt>${atom(reader)}</msqrt>`;
    case "text":
      return `<mtext>${escaped(reader.takeText())}</mtext>`;
    case "operatorname":
      return `<mi>${escaped(reader.takeText())}</mi>`;
    case "left": {
      const open = reader.take();
      const inside = rowOf(reader, "\\right");
      return `<mrow><mo>${open}</mo>${inside}<mo>${reader.take()}</mo></mrow>`;
    }
  }
  throw new Error(`TeX: ${token} is not known here (docs/learn/build/text/tex.ts)`);
}

/** Parentheses do not grow unless they are asked to. */
const fence = (token: string) => ("()[]|".includes(token) ? ' stretchy="false"' : "");
const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replace(/^-$/, "−");
