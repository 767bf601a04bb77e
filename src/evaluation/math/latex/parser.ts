/**
 * Reads a formula as SymPy's `parse_latex` does, so that answers count as right where the harness counts them. That has its own ways, and
 * they decide: it reads as far as it can, and the rest is nothing ("3,4" is 3, "x^(2)" is x); `\pi`, `e` and `i` are letters like
 * others; "x(x+1)" is a function x; "2\frac12" is 2·½; an x between two numbers is a sign of multiplication. Pairs, intervals, sets and
 * matrices are not read.
 *
 * The grammar is that of LaTeX.g4, rule by rule. Where ANTLR looks ahead as far as it takes, this one tries, and goes back.
 * @module
 */
import { rational } from "../exact/rational.ts";
import { type Token, Tokens, Unreadable } from "./tokens.ts";
import { call, type Expression, hasPart, keyOf, power, product, sum } from "./tree.ts";

/** What was read, and whether something is left that was not. */
export interface Reading {
  readonly expression: Expression;
  readonly isWhole: boolean;
}

/** @throws {Unreadable} for a text that does not begin with a formula, and for sums, limits, integrals and derivatives. */
export function readLatex(text: string): Reading {
  return new Parser(text).read();
}

/** A rule does not fit here; another may. */
const NO_FIT = Symbol("no fit");
/** "5." is no number; but as a factor that is not the first it only ends the product. */
const NO_DECIMALS = new Unreadable("a point without decimals");

const MINUS_ONE: Expression = { kind: "number", value: rational(-1n) };
const RELATIONS = ["=", "<", "<=", ">", ">=", "!="];
const GROUPS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "\\{": "\\}" };
/** Nesting that answers do not have, and a stack does not like. */
const DEEPEST = 100;
/** Characters of an answer. */
const LONGEST = 2000;
/** Steps that no answer takes; brackets that never close may be tried over and over. */
const MOST_STEPS = 20_000;

class Parser {
  readonly #tokens: Tokens;
  #at = 0;
  #depth = 0;
  #steps = 0;

  constructor(text: string) {
    if (text.length > LONGEST) throw new Unreadable("too long");
    this.#tokens = new Tokens(text);
  }

  read(): Reading {
    try {
      const expression = this.#relation();
      let isWhole = false;
      try {
        isWhole = this.#peek() === undefined;
      } catch {
        // What is left is not even tokens.
      }
      return { expression, isWhole };
    } catch (error) {
      if (error === NO_FIT) throw new Unreadable("no formula");
      throw error;
    }
  }

  #relation(): Expression {
    const parts = [this.#sum()];
    while (RELATIONS.includes(this.#peek()?.kind ?? "")) {
      this.#next();
      try {
        parts.push(this.#sum());
      } catch (error) {
        throw error === NO_FIT ? new Unreadable("half a relation") : error;
      }
    }
    return parts.length === 1 ? parts[0] : { kind: "relation", parts };
  }

  #sum(): Expression {
    return this.#deeper(() => {
      let left = this.#product(false);
      for (let sign = this.#peek(); sign?.kind === "+" || sign?.kind === "-"; sign = this.#peek()) {
        const right = this.#try(() => this.#behind(() => this.#product(false)));
        if (right === undefined) break;
        left = sum(left, sign.kind === "+" ? right : product(MINUS_ONE, right));
      }
      return left;
    });
  }

  /** @param isArgument of a function without parentheses: another function ends it. */
  #product(isArgument: boolean): Expression {
    let left = this.#signed(isArgument);
    for (
      let sign = this.#peek();
      sign && ["*", "/", ":"].includes(sign.kind);
      sign = this.#peek()
    ) {
      const right = this.#try(() => this.#behind(() => this.#signed(isArgument)));
      if (right === undefined) break;
      left = product(left, sign.kind === "*" ? right : power(right, MINUS_ONE));
    }
    return left;
  }

  #signed(isArgument: boolean): Expression {
    const sign = this.#peek()?.kind;
    if (sign === "+") return this.#behind(() => this.#signed(isArgument));
    if (sign === "-") {
      return product(
        MINUS_ONE,
        this.#behind(() => this.#deeper(() => this.#signed(isArgument))),
      );
    }
    const factors = [this.#postfix(true)];
    for (;;) {
      const factor = this.#try(() => this.#postfix(!isArgument), NO_DECIMALS);
      if (factor === undefined) return multiplied(factors);
      factors.push(factor);
    }
  }

  #postfix(mayBeFunction: boolean): Expression {
    let value = this.#power(mayBeFunction);
    for (let i = 0; this.#peek()?.kind === "!"; i++) {
      if (i > DEEPEST) throw new Unreadable("too deep");
      this.#next();
      value = call("factorial", value);
    }
    return value;
  }

  #power(mayBeFunction: boolean): Expression {
    let base = this.#component(mayBeFunction);
    for (let i = 0; this.#peek()?.kind === "^"; i++) {
      if (i > DEEPEST) throw new Unreadable("too deep");
      const exponent = this.#try(() => this.#behind(() => this.#script()));
      if (exponent === undefined) break;
      base = power(base, exponent);
    }
    return base;
  }

  /** Behind ^ or _: one atom, or an expression in braces. */
  #script(): Expression {
    return this.#peek()?.kind === "{" ? this.#group() : this.#atom();
  }

  #component(mayBeFunction: boolean): Expression {
    const { kind } = this.#peek() ?? { kind: "" };
    if (kind in GROUPS) return this.#group();
    if (kind === "|") return this.#absolute();
    if (kind === "lfloor") return call("floor", this.#between("lfloor", "rfloor"));
    if (kind === "lceil") return call("ceiling", this.#between("lceil", "rceil"));
    if (kind === "calculus") throw new Unreadable("sums, limits and integrals");
    if (mayBeFunction) {
      if (kind === "function") return this.#function();
      if (kind === "sqrt") return this.#root();
      if (kind === "overline") {
        return this.#behind(() => call("conjugate", this.#between("{", "}")));
      }
      const applied = this.#try(() => this.#application());
      if (applied) return applied;
    }
    return this.#atom();
  }

  #group(): Expression {
    const open = this.#next().kind;
    const inside = this.#sum();
    this.#expect(GROUPS[open]);
    return inside;
  }

  #between(open: string, close: string): Expression {
    this.#expect(open);
    const inside = this.#sum();
    this.#expect(close);
    return inside;
  }

  /** "|a|": where a bar may open or close, it opens if the rest fits then. */
  #absolute(): Expression {
    return call("abs", this.#between("|", "|"));
  }

  /** "\sin^2 x", "\log_2(8)", "\tan^{-1} x" */
  #function(): Expression {
    const name = this.#next().text.slice(1);
    let base: Expression | undefined;
    let exponent: Expression | undefined;
    for (let i = 0; i < 2; i++) {
      const { kind } = this.#peek() ?? {};
      if (kind === "_" && !base) base = this.#behind(() => this.#script());
      else if (kind === "^" && !exponent) exponent = this.#behind(() => this.#script());
      else continue;
      // "\log_28": the last digit is what the logarithm is of, if nothing else is.
      const last = this.#tokens.at(this.#at - 1)?.kind;
      const isNumber = last === "digit" && this.#tokens.at(this.#at - 2)?.kind === "digit";
      const before = this.#at;
      if (!isNumber || this.#try(() => this.#input())) {
        this.#at = before;
        continue;
      }
      this.#at = before - 1;
      const shorter = this.#digitsBefore();
      if (kind === "_") base = shorter;
      else exponent = shorter;
    }
    return applied(name, this.#input(), base, exponent);
  }

  /** What a function is of. */
  #input(): Expression {
    return this.#try(() => this.#between("(", ")")) ?? this.#product(true);
  }

  /** The digits that have just been read. */
  #digitsBefore(): Expression {
    let digits = "";
    for (let i = this.#at - 1; this.#tokens.at(i)?.kind === "digit"; i--) {
      digits = `${this.#tokens.at(i)?.text}${digits}`;
    }
    return { kind: "number", value: rational(BigInt(digits)) };
  }

  #root(): Expression {
    this.#next();
    const degree = this.#peek()?.kind === "[" ? this.#between("[", "]") : undefined;
    const base = this.#between("{", "}");
    return power(base, power(degree ?? { kind: "number", value: rational(2n) }, MINUS_ONE));
  }

  /** "f(x)", "f_1(x, y)" */
  #application(): Expression {
    const name = this.#name();
    this.#expect("(");
    const inputs = [this.#sum()];
    while (this.#peek()?.kind === ",") {
      this.#next();
      inputs.push(this.#sum());
    }
    this.#expect(")");
    return call(`apply ${name}`, ...inputs);
  }

  #atom(): Expression {
    const { kind, text } = this.#peek() ?? { kind: "", text: "" };
    if (kind === "letter" || kind === "symbol") {
      const name = this.#name();
      return name === "infty" ? { kind: "infinity" } : { kind: "symbol", name };
    }
    if (kind === "digit") return this.#number();
    if (kind === "differential") {
      this.#next();
      return { kind: "symbol", name: `d${text.slice(1).replace(/[\s\\]/g, "")}` };
    }
    if (kind === "frac") return this.#fraction();
    if (kind === "binom") {
      this.#next();
      const above = this.#between("{", "}");
      return call("binomial", above, this.#between("{", "}"));
    }
    if (kind === "mathit") {
      this.#next();
      this.#expect("{");
      let name = "";
      while (this.#peek()?.kind === "letter") name += this.#next().text;
      this.#expect("}");
      return { kind: "symbol", name };
    }
    throw NO_FIT;
  }

  /** A letter or a symbol with its subscript and primes. */
  #name(): string {
    const { kind, text } = this.#next();
    if (kind !== "letter" && kind !== "symbol") throw NO_FIT;
    let name = text.replace("\\", "");
    let primes = "";
    for (let i = 0; i < 2; i++) {
      const next = this.#peek()?.kind;
      if (next === "_") {
        name += `_{${keyOf(this.#behind(() => this.#script()))}}`;
      } else if (next === "primes" && primes === "") {
        primes = this.#next().text;
      }
    }
    return kind === "letter" ? name + primes : name;
  }

  /** Groups of three digits behind a comma belong to it. */
  #number(): Expression {
    let digits = "";
    while (this.#peek()?.kind === "digit") digits += this.#next().text;
    const isDigit = (index: number) => this.#tokens.at(this.#at + index)?.kind === "digit";
    while (this.#peek()?.kind === "," && [1, 2, 3].every(isDigit)) {
      this.#next();
      for (let i = 0; i < 3; i++) digits += this.#next().text;
    }
    if (this.#peek()?.kind !== ".") {
      // Python has no such numbers.
      if (/^0+[1-9]/.test(digits)) throw new Unreadable("a number that begins with 0");
      return { kind: "number", value: rational(BigInt(digits)) };
    }
    this.#next();
    let decimals = "";
    while (this.#peek()?.kind === "digit") decimals += this.#next().text;
    if (decimals === "") throw NO_DECIMALS;
    const value = rational(BigInt(digits + decimals), 10n ** BigInt(decimals.length));
    return { kind: "number", value };
  }

  #fraction(): Expression {
    this.#next();
    const above = this.#digitOrGroup();
    const below = this.#digitOrGroup();
    if (isDifferential(below)) throw new Unreadable("derivatives");
    return product(above, power(below, MINUS_ONE));
  }

  #digitOrGroup(): Expression {
    const { kind, text } = this.#peek() ?? {};
    if (kind !== "digit") return this.#between("{", "}");
    this.#next();
    return { kind: "number", value: rational(BigInt(text ?? "")) };
  }

  #peek(): Token | undefined {
    return this.#tokens.at(this.#at);
  }

  #next(): Token {
    const token = this.#peek();
    if (!token) throw NO_FIT;
    this.#at++;
    if (++this.#steps > MOST_STEPS) throw new Unreadable("too long");
    return token;
  }

  #expect(kind: string): void {
    if (this.#next().kind !== kind) throw NO_FIT;
  }

  /** What `read` gives, behind the next token. */
  #behind<T>(read: () => T): T {
    this.#next();
    return read();
  }

  /** What `read` gives; undefined, and nothing is read, where it does not fit. */
  #try<T>(read: () => T, alsoFor?: Unreadable): T | undefined {
    const before = this.#at;
    try {
      return read();
    } catch (error) {
      if (error !== NO_FIT && error !== alsoFor) throw error;
      this.#at = before;
      return undefined;
    }
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw new Unreadable("too deep");
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }
}

function isDifferential(expression: Expression): boolean {
  return expression.kind === "symbol" && /^d[a-zA-Z]/.test(expression.name);
}

/** Factors side by side. An x between two without letters is a sign. */
function multiplied(factors: readonly Expression[]): Expression {
  const hasLetters = (part: Expression) => hasPart(part, ({ kind }) => kind === "symbol");
  const kept = factors.filter((factor, i) => {
    const isX = factor.kind === "symbol" && factor.name === "x";
    const isBetween = i > 0 && i < factors.length - 1;
    return !(isX && isBetween && !hasLetters(factors[i - 1]) && !hasLetters(factors[i + 1]));
  });
  return kept.length === 1 ? kept[0] : product(...kept);
}

function applied(
  written: string,
  input: Expression,
  base: Expression | undefined,
  exponent: Expression | undefined,
): Expression {
  const name = written.replace(/^arc/, "a").replace(/^ar(?=.*h$)/, "a");
  if (["log", "ln", "lg"].includes(name)) {
    const ten: Expression = { kind: "number", value: rational(10n) };
    const usual = name === "lg" ? ten : undefined;
    const below = base ?? usual;
    const logarithm = below
      ? product(call("log", input), power(call("log", below), MINUS_ONE))
      : call("log", input);
    return exponent ? power(logarithm, exponent) : logarithm;
  }
  const isInverse =
    /^(?:sin|cos|tan|csc|sec|cot)h?$/.test(name) &&
    exponent &&
    keyOf(exponent) === keyOf(product(MINUS_ONE, ONE));
  if (isInverse) return call(`a${name}`, input);
  return exponent ? power(call(name, input), exponent) : call(name, input);
}

const ONE: Expression = { kind: "number", value: rational(1n) };
