/**
 * Which known bugs of tokenizer and chat explain what a testee answered: those that give the same answers, all of them
 * and exactly.
 * @module
 */
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Named } from "../run/result.ts";
import { CHAT_WAYS } from "./chat-plan.ts";
import { type TextAnswers, tokenizerOf } from "./run-text.ts";
import { kindOf, type TextEngine, type TextMutant, textEngine } from "./text-mutant.ts";
import { TEXT_MUTANTS } from "./text-mutants.ts";
import type { TextSuite } from "./text-suite.ts";
import {
  rightAnswers,
  sameAnswer,
  type TextAnswer,
  type TextKind,
  type TextVector,
  textOf,
} from "./text-vector.ts";

/** What is probably wrong with tokenizer and chat. */
export interface TextDiagnosis {
  /** Known bugs, at most one class of each kind. `taps` are the ids of the vectors that it makes fail. */
  readonly named: readonly Named[];
  /** Ids of failing vectors that they do not explain. */
  readonly unexplained: readonly string[];
}

/**
 * Names the bugs. A bug of one kind and a bug of another are told apart; two of the same kind together are none of the
 * known, and said to be unexplained.
 */
export function diagnoseText(suite: TextSuite, answers: TextAnswers): TextDiagnosis {
  const evidence = new Evidence(suite, answers);
  const named: Named[] = [];
  const unexplained: string[] = [];
  /** One bug of each class that was named. */
  const known: TextMutant[] = [];
  for (const [kind, shown] of ORDER) {
    const failing = evidence.failing(kind);
    if (failing.length === 0) continue;
    const before = known.filter((mutant) => shown.includes(kindOf(mutant)));
    const old = before.length > 0 && evidence.isExplained(kind, before);
    const culprits = old
      ? before
      : TEXT_MUTANTS.filter(
          (mutant) => kindOf(mutant) === kind && evidence.isExplained(kind, [...before, mutant]),
        );
    const [culprit] = culprits;
    const at = named.findIndex(({ ids }) => ids.includes(culprit?.id));
    if (!culprit) unexplained.push(...failing);
    else if (at >= 0) named[at] = { ...named[at], taps: [...named[at].taps, ...failing] };
    else {
      const { mistake, fix } = culprit;
      named.push({ ids: culprits.map(({ id }) => id), mistake, fix, over: 0, taps: failing });
      known.push(culprit);
    }
  }
  return { named, unexplained };
}

/** Each kind, and the kinds whose bugs show in it too. */
const ORDER: readonly (readonly [TextKind, readonly TextKind[]])[] = [
  ["encode", []],
  ["decode", []],
  ["chat", ["encode"]],
  ["answer", ["decode"]],
];

/** To open a tokenizer takes longer than to ask it for a few texts. */
const opened = new WeakMap<TextSuite, ReadonlyMap<string, Tokenizer>>();

function tokenizersOf(suite: TextSuite): ReadonlyMap<string, Tokenizer> {
  const tokenizers =
    opened.get(suite) ??
    new Map(
      [...suite.tokenizers].map(([name, { model }]) => [name, Tokenizer.fromBytes(model, name)]),
    );
  opened.set(suite, tokenizers);
  return tokenizers;
}

/** What was asked and answered. */
class Evidence {
  readonly #asked: readonly TextVector[];
  readonly #answers: TextAnswers;
  readonly #tokenizers: ReadonlyMap<string, Tokenizer>;

  constructor(suite: TextSuite, answers: TextAnswers) {
    this.#asked = suite.vectors.filter(({ id }) => answers.has(id));
    this.#answers = answers;
    this.#tokenizers = tokenizersOf(suite);
  }

  /** Ids of the vectors of a kind that fail. */
  failing(kind: TextKind): string[] {
    const vectors = this.#asked.filter((vector) => vector.kind === kind);
    return vectors.filter((one) => !isRight(one, this.#given(one))).map(({ id }) => id);
  }

  /** Whether an engine with these bugs, of whatever way of chat, gives all answers of a kind. */
  isExplained(kind: TextKind, bugs: readonly TextMutant[]): boolean {
    const vectors = this.#asked.filter((vector) => vector.kind === kind);
    return (kind === "chat" ? CHAT_WAYS : CHAT_WAYS.slice(0, 1)).some((way) => {
      const engines = new Map<string, TextEngine>();
      return vectors.every((vector) => {
        const name = tokenizerOf(vector);
        const tokenizer = this.#tokenizers.get(name) as Tokenizer;
        const engine = engines.get(name) ?? textEngine(tokenizer, bugs, way);
        engines.set(name, engine);
        const answer = answerOf(engine, vector);
        if (answer === undefined) return false;
        // Two answers that are both right: the bugs do not show in this vector.
        const areRight = isRight(vector, answer) && isRight(vector, this.#given(vector));
        return areRight || sameAnswer(answer, this.#given(vector));
      });
    });
  }

  #given({ id }: TextVector): TextAnswer {
    return this.#answers.get(id) as TextAnswer;
  }
}

function isRight(vector: TextVector, answer: TextAnswer): boolean {
  return rightAnswers(vector).some((right) => sameAnswer(right, answer));
}

/** What an engine answers; undefined where its bug comes to an error, which is no testee's answer. */
function answerOf(engine: TextEngine, vector: TextVector): TextAnswer | undefined {
  try {
    switch (vector.kind) {
      case "encode":
        return engine.encode(textOf(vector));
      case "decode":
        return engine.decode(vector.ids);
      case "chat":
        return engine.encodeChat(vector.messages);
      case "answer":
        return engine.answer(vector.ids);
    }
  } catch {
    return undefined;
  }
}
