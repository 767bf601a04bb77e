/**
 * LaTeX in tokens, as SymPy's `parse_latex` cuts it (its grammar LaTeX.g4, derived from latex2sympy): the harness reads answers with
 * that. Digits are tokens of their own, spaces are nothing, `dx` is one letter.
 * @module
 */

/** `kind` is the token's own text for signs and commands, "letter", "digit", "symbol" or "differential" for others. */
export interface Token {
  readonly kind: string;
  readonly text: string;
}

/** There is a character that no token has; or a text that ends where it must not. */
export class Unreadable extends Error {
  override readonly name: string = "Unreadable";
}

/** Commands that are skipped, with and without letters. */
const SKIPPED = new Set(
  (
    "thinspace medspace thickspace quad qquad negthinspace negmedspace negthickspace left right " +
    "vrule vcenter vbox vskip vspace hfil"
  ).split(" "),
);
const SKIPPED_SIGNS = /^\\[,:;!*\-./"(=]/;

/** Commands that the grammar knows, by what they are here. Every other is a symbol. */
const COMMANDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    frac: "frac dfrac tfrac",
    binom: "binom dbinom tbinom",
    "*": "times cdot",
    "/": "div",
    "=": "",
    "<=": "leq le leqq leqslant",
    ">=": "geq ge geqq geqslant",
    "!=": "neq",
    to: "to rightarrow Rightarrow longrightarrow Longrightarrow",
    calculus: "lim int sum prod",
    function:
      "exp log lg ln sin cos tan csc sec cot arcsin arccos arctan arccsc arcsec arccot sinh cosh tanh arsinh arcosh artanh",
    ...Object.fromEntries(
      "langle rangle lfloor rfloor lceil rceil sqrt overline mathit".split(" ").map((n) => [n, n]),
    ),
  }).flatMap(([kind, names]) => names.split(" ").map((name) => [name, kind] as const)),
);

/** In this order, the longest of them, as far as it matters. */
const PATTERNS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^[ \t\r\n]+/, ""],
  [/^\\(?:left|right)\|/, "bra or ket"],
  [/^\\[a-zA-Z]+/, "command"],
  [/^\\[{}]/, "sign"],
  [SKIPPED_SIGNS, ""],
  [/^(?:&[ \t\r\n]*)?=(?:[ \t\r\n]*&)?/, "="],
  [/^[<>]/, "sign"],
  [/^d[ \t\r\n]*(?:\\[a-zA-Z]+|[a-zA-Z])/, "differential"],
  [/^[a-zA-Z]/, "letter"],
  [/^[0-9]/, "digit"],
  [/^'+/, "primes"],
  [/^[-+*/(){}[\]|_^:!,.]/, "sign"],
];

/**
 * The tokens of a text. They are made when they are looked at: what stands behind the part that is read may be anything, as in
 * SymPy.
 */
export class Tokens {
  readonly #tokens: Token[] = [];
  readonly #text: string;
  /** Where the next token begins. */
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The token `index`; undefined behind the last. @throws {Unreadable} for what is none. */
  at(index: number): Token | undefined {
    while (this.#tokens.length <= index && this.#at < this.#text.length) this.#cut();
    return this.#tokens[index];
  }

  #cut(): void {
    const rest = this.#text.slice(this.#at);
    for (const [pattern, kind] of PATTERNS) {
      const [text] = pattern.exec(rest) ?? [];
      if (text === undefined) continue;
      this.#at += text.length;
      const name = text.slice(1);
      if (kind === "" || (kind === "command" && SKIPPED.has(name))) return;
      const known = kind === "command" ? (COMMANDS.get(name) ?? "symbol") : kind;
      this.#tokens.push({ kind: known === "sign" ? text : known, text });
      return;
    }
    throw new Unreadable(`no token begins with ${JSON.stringify(rest[0])}`);
  }
}
