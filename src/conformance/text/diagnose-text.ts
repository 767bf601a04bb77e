/**
 * Which known bugs of tokenizer and chat explain what a testee answered: those that give the same answers, all of them
 * and exactly.
 * @module
 */
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { Named } from "../run/result.ts";
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

/** The bugs that are switched on together, and how a conversation is encoded: see {@link textEngine}. */
interface Suspicion {
  readonly mutants: readonly TextMutant[];
  readonly wholeChat: boolean;
}

/** An answer of the kind asked; undefined where the bug leaves nothing to compare. */
export function answerOf(engine: TextEngine, vector: TextVector): TextAnswer {
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
}

/**
 * Names the bugs. A bug of one kind and a bug of another are told apart; two of the same kind together are none of the
 * known, and said to be unexplained.
 */
export function diagnoseText(suite: TextSuite, answers: TextAnswers): TextDiagnosis {
  const asked = suite.vectors.filter(({ id }) => answers.has(id));
  const tokenizers = new Map(
    [...suite.tokenizers].map(([name, { model }]) => [name, Tokenizer.fromBytes(model, name)]),
  );
  const vectorsOf = (kind: TextKind) => asked.filter((vector) => vector.kind === kind);
  const isRight = (vector: TextVector, answer: TextAnswer) =>
    rightAnswers(vector).some((right) => sameAnswer(right, answer));
  const given = ({ id }: TextVector) => answers.get(id) as TextAnswer;
  const explains = (suspicion: Suspicion, kind: TextKind) => {
    const engines = new Map<string, TextEngine>();
    return vectorsOf(kind).every((vector) => {
      const name = tokenizerOf(vector);
      const engine = engines.get(name) ?? engineOf(tokenizers.get(name) as Tokenizer, suspicion);
      engines.set(name, engine);
      const answer = answerOrNone(engine, vector);
      if (sameAnswer(answer, given(vector))) return true;
      // Two ways that are both right: the bug does not show in this vector.
      return isRight(vector, answer) && isRight(vector, given(vector));
    });
  };
  const named: Named[] = [];
  const unexplained: string[] = [];
  /** The bugs that were found so far, one of each class. */
  let found: Suspicion = { mutants: [], wholeChat: false };
  for (const [kind, before] of ORDER) {
    const failing = vectorsOf(kind).filter((vector) => !isRight(vector, given(vector)));
    if (failing.length === 0) continue;
    const known = found.mutants.filter((mutant) => before.includes(kindOf(mutant)));
    const alone = { mutants: known, wholeChat: false };
    const whole = { mutants: known, wholeChat: true };
    const already = (known.length > 0 ? [alone, whole] : []).find((one) => explains(one, kind));
    const ids = failing.map(({ id }) => id);
    if (already) {
      named.forEach((bug, i) => {
        if (known.some((mutant) => bug.ids.includes(mutant.id))) {
          named[i] = { ...bug, taps: [...bug.taps, ...ids] };
        }
      });
      continue;
    }
    const suspects = TEXT_MUTANTS.filter((mutant) => kindOf(mutant) === kind);
    const guilty = suspects.filter((mutant) =>
      [alone, whole].some((one) => explains({ ...one, mutants: [...known, mutant] }, kind)),
    );
    if (guilty.length === 0) {
      unexplained.push(...ids);
      continue;
    }
    const [{ mistake, fix }] = guilty;
    named.push({ ids: guilty.map(({ id }) => id), mistake, fix, over: 0, taps: ids });
    found = { ...found, mutants: [...found.mutants, guilty[0]] };
  }
  return { named, unexplained };
}

/** Each kind, and the kinds whose bugs show in it. */
const ORDER: readonly (readonly [TextKind, readonly TextKind[]])[] = [
  ["encode", []],
  ["decode", []],
  ["chat", ["encode"]],
  ["answer", ["decode"]],
];

function engineOf(tokenizer: Tokenizer, { mutants, wholeChat }: Suspicion): TextEngine {
  return textEngine(tokenizer, mutants, wholeChat);
}

/** What a bug answers, or the error that it comes to, which is no testee's answer. */
function answerOrNone(engine: TextEngine, vector: TextVector): TextAnswer {
  try {
    return answerOf(engine, vector);
  } catch {
    return [Number.NaN];
  }
}
