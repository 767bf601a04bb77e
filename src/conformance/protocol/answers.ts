/**
 * Reading what a testee answers. Nothing of it is believed before it has been checked.
 * @module
 */
import { brief } from "../../brief.ts";
import { UnsupportedError } from "../../errors.ts";
import { goldenName, type TapName } from "../../model/taps.ts";
import { isObject } from "../../source/json.ts";
import { elementsOf, type NdArray } from "../../tensor/tensor.ts";
import { accuracyNamed } from "../accuracy.ts";
import type { TesteeInfo } from "../run/testee.ts";
import { decodeArray, shapeSaid } from "./decode-array.ts";
import { PROTOCOL, type WeightsType } from "./messages.ts";
import { liesAs, type Shapes } from "./shapes.ts";
import { TesteeError, wrongAnswer } from "./testee-error.ts";

/** An answer's fields. */
export type Answer = Readonly<Record<string, unknown>>;

const LOGS_BELONG_ELSEWHERE = "one JSON object a line on stdout, and all else on stderr";

/**
 * The answer on a line.
 * @param op what was asked.
 * @throws {TesteeError} of the kind `answer`, unless it is the answer to request `seq`.
 */
export function parseAnswer(op: string, seq: number, line: Uint8Array): Answer {
  const answer = parseLine(line);
  if (!isObject(answer)) {
    const got = brief(new TextDecoder().decode(line.subarray(0, 1000)));
    throw wrongAnswer(op, undefined, "a JSON object", got, LOGS_BELONG_ELSEWHERE);
  }
  if (answer.seq === seq) return answer;
  const hint = "an answer has the seq of its request";
  throw wrongAnswer(op, "seq", `${seq}`, brief(answer.seq), hint);
}

/** `undefined` if it is not JSON. */
function parseLine(line: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(line);
    try {
      return JSON.parse(text);
    } catch {
      return JSON.parse(withoutBareNames(text));
    }
  } catch {
    return undefined;
  }
}

/** Python's json writes NaN, Infinity and -Infinity as they are, which is not JSON; here they become strings. */
function withoutBareNames(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) => {
    return found.startsWith('"') ? found : `"${found}"`;
  });
}

/**
 * @throws {UnsupportedError} if the testee says that it does not do this. Its message is the reason.
 * @throws {TesteeError} of the kind `refused`, if it says that it failed.
 */
export function assertDone(op: string, { skip, error }: Answer): void {
  const said = (value: unknown) => (typeof value === "string" ? value : brief(value));
  if (skip !== undefined) throw new UnsupportedError({ op, hint: said(skip) });
  if (error === undefined) return;
  throw new TesteeError({ kind: "refused", op, hint: `the testee says: ${said(error)}` });
}

/** What a testee says of itself. */
export interface Hello {
  readonly info: TesteeInfo;
  /** The type in which it wants weights. */
  readonly weights: WeightsType;
}

/** A name stands in every report. */
const LONGEST_NAME = 200;

const WEIGHTS: readonly WeightsType[] = ["float32", "float16", "bfloat16"];

/** @throws {TesteeError} if a field is not what it should be. */
export function helloOf(answer: Answer): Hello {
  const op = "hello";
  const text = (field: string): string | undefined => {
    const value = answer[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string" && value.length <= LONGEST_NAME) return value;
    throw wrongAnswer(op, field, `a string of at most ${LONGEST_NAME} characters`, brief(value));
  };
  const name = text("name");
  if (!name) throw wrongAnswer(op, "name", "the name of the engine", brief(answer.name));
  const { protocol = PROTOCOL } = answer;
  if (protocol !== PROTOCOL) throw wrongAnswer(op, "protocol", `${PROTOCOL}`, brief(protocol));
  const weights = text("weights") ?? "float32";
  const type = WEIGHTS.find((known) => known === weights);
  if (!type) throw wrongAnswer(op, "weights", WEIGHTS.join(" | "), brief(weights));
  const [version, accuracy, device] = [text("version"), text("accuracy"), text("device")];
  const info = {
    name,
    ...(version !== undefined && { version }),
    ...(accuracy !== undefined && { accuracy: accuracyOf(op, accuracy) }),
    ...(device !== undefined && { device }),
  };
  return { info, weights: type };
}

function accuracyOf(op: string, name: string): NonNullable<TesteeInfo["accuracy"]> {
  try {
    return accuracyNamed(op, name);
  } catch (error) {
    const { expected = "" } = error as TesteeError;
    throw wrongAnswer(op, "accuracy", expected, brief(name));
  }
}

/**
 * The outputs of an answer, by the names that they were asked for; those that were not are passed over.
 * @param needed an output that must be there.
 * @throws {TesteeError} if one is no array of its shape.
 */
export function outputsOf(
  op: string,
  { taps }: Answer,
  shapes: Shapes,
  needed?: string,
): Map<string, NdArray> {
  const found = new Map<string, NdArray>();
  if (taps === undefined && needed === undefined) return found;
  if (!isObject(taps)) {
    throw wrongAnswer(op, "taps", "an object, with arrays by name", brief(taps));
  }
  for (const [name, shape] of shapes) {
    const given = [name, goldenName(name as TapName)].find((known) => known && taps[known] != null);
    if (given === undefined) continue;
    found.set(
      name,
      decodeArray(op, `taps.${given}`, taps[given], allowed(name, shape, taps[given])),
    );
  }
  if (needed === undefined || found.has(needed)) return found;
  throw wrongAnswer(op, `taps.${needed}`, "an array", brief(Object.keys(taps)));
}

/**
 * The shape that an output must have, of those that are allowed. Logits may be those of the last row alone: [1, V],
 * where L rows were fed. Of other taps a wrong shape may be the bug itself, as where a cache keeps what was taken back:
 * it is for the judge to say.
 */
function allowed(name: string, shape: readonly number[], value: unknown): readonly number[] {
  const said = shapeSaid(value);
  if (!said || liesAs(said, shape) || name === "out") return shape;
  if (name !== "logits") return said;
  return liesAs(said, shape.slice(-1)) ? [1, ...shape.slice(-1)] : shape;
}

/** @throws {TesteeError} unless `ids` are token ids. */
export function idsOf(op: string, { ids }: Answer): readonly number[] {
  const isId = (id: unknown) => Number.isSafeInteger(id) && (id as number) >= 0;
  if (Array.isArray(ids) && ids.every(isId)) return ids;
  throw wrongAnswer(op, "ids", "a list of token ids", brief(ids));
}

/** @throws {TesteeError} unless `text` is one. */
export function textOf(op: string, { text }: Answer): string {
  if (typeof text === "string") return text;
  throw wrongAnswer(op, "text", "a string", brief(text));
}

/** Characters that no number needs more of, in decimals and with a comma: -2.2250738585072014e-308 has 24. */
const CHARACTERS = 64;
/** Room for all that a testee may say besides: taps that were not asked for, spaces, a long reason. */
const SLACK = 2 ** 24;
/** The longest line that is read: V8 has no longer strings than 512 MB, and its parser needs as much again. */
const MOST = 2 ** 28;

/** Bytes that an answer with outputs of these shapes may have. */
export function longestAnswer(shapes: Shapes): number {
  let count = 0;
  for (const shape of shapes.values()) count += elementsOf(shape);
  return Math.min(MOST, SLACK + count * CHARACTERS);
}
