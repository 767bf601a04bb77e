/** Reading answers, of which nothing is believed. */
import { describe, expect, it } from "vitest";
import {
  type Answer,
  assertDone,
  helloOf,
  idsOf,
  longestAnswer,
  outputsOf,
  parseAnswer,
  textOf,
} from "../../../src/conformance/protocol/answers.ts";
import { TesteeError } from "../../../src/conformance/protocol/testee-error.ts";
import { GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseAnswer("forward", 7, bytes(text));
const refusal = (action: () => unknown) => {
  const error = thrownBy(action) as TesteeError;
  expect(error).toBeInstanceOf(TesteeError);
  expect(error).toBeInstanceOf(GemmaError);
  expect(error.kind).toBe("answer");
  return error.message;
};

describe("a line", () => {
  it("is the answer to its request", () => {
    expect(parse('{"seq":7,"taps":{}}')).toEqual({ seq: 7, taps: {} });
  });

  it("may have NaN and infinities as Python writes them, but not inside of strings", () => {
    const text = '{"seq":7,"note":"NaN, \\"Infinity\\"","data":[NaN,-Infinity, Infinity,1e-3]}';
    const data = ["NaN", "-Infinity", "Infinity", 1e-3];
    expect(parse(text)).toEqual({ seq: 7, note: 'NaN, "Infinity"', data });
  });

  it.each<[line: string, message: string]>([
    [
      "Loading model...",
      'expected a JSON object, got "Loading model..."; one JSON object a line on stdout',
    ],
    ["", 'expected a JSON object, got ""'],
    ["[1,2]", "expected a JSON object"],
    ['{"seq":7,', "expected a JSON object"],
    ['{"seq":7,"a":NaNa}', "expected a JSON object"],
    ['{"taps":{}}', '"seq" expected 7, got nothing'],
    ['{"seq":6}', '"seq" expected 7, got 6; an answer has the seq of its request'],
    ['{"seq":"7"}', '"seq" expected 7, got "7"'],
  ])("is refused: %s", (line, message) => {
    expect(refusal(() => parse(line))).toContain(message);
  });

  it("is refused if it is not UTF-8", () => {
    const line = Uint8Array.of(...bytes('{"seq":7,"name":"'), 0xff, ...bytes('"}'));
    expect(refusal(() => parseAnswer("hello", 7, line))).toContain("expected a JSON object");
  });
});

describe("skip and error", () => {
  it("become the errors that the runner tells apart", () => {
    assertDone("forward", {});
    const skipped = thrownBy(() => assertDone("forward", { skip: "no rewinding" }));
    expect(skipped).toBeInstanceOf(UnsupportedError);
    expect(skipped.message).toBe("forward: no rewinding");
    const failed = thrownBy(() => assertDone("forward", { error: "out of memory" })) as TesteeError;
    expect([failed.name, failed.kind]).toEqual(["TesteeError", "refused"]);
    expect(failed.message).toBe("forward: the testee says: out of memory");
    expect(thrownBy(() => assertDone("op", { skip: { why: 1 } })).message).toBe('op: {"why": 1}');
  });
});

describe("hello", () => {
  it("says who it is, in any of the spellings of a class", () => {
    const { info, weights } = helloOf({
      seq: 1,
      name: "e",
      version: "2",
      accuracy: "f32",
      device: null,
    });
    expect(info).toEqual({ name: "e", version: "2", accuracy: "float32" });
    expect(weights).toBe("float32");
    expect(helloOf({ name: "e", weights: "bfloat16" }).weights).toBe("bfloat16");
  });

  it.each<[answer: Answer, message: string]>([
    [{}, '"name" expected the name of the engine, got nothing'],
    [{ name: 5 }, '"name" expected a string'],
    [{ name: "x".repeat(1000) }, '"name" expected a string of at most 200 characters'],
    [{ name: "e", accuracy: "good" }, '"accuracy" expected float64 | float32'],
    [{ name: "e", protocol: 2 }, '"protocol" expected 1, got 2'],
    [{ name: "e", weights: "q4" }, '"weights" expected float32 | float16 | bfloat16, got "q4"'],
  ])("is refused: %j", (answer, message) => {
    expect(refusal(() => helloOf(answer))).toContain(message);
  });
});

describe("outputs", () => {
  const hook = "blocks.0.attn.hook_rot_k";
  const pattern = "blocks.0.attn.hook_pattern";
  const shapes = new Map([
    ["logits", [3, 2]],
    [hook, [3, 2]],
    [pattern, [2, 3, 3]],
  ]);
  const six = [1, 2, 3, 4, 5, 6];
  const read = (taps: unknown, needed = "logits") => outputsOf("forward", { taps }, shapes, needed);

  it("are those that were asked for, by either of their names", () => {
    const taps = { logits: six, "layers.0.k_rope": { data: six }, other: "anything" };
    expect([...read(taps).keys()]).toEqual(["logits", hook]);
    expect(read({ logits: six, [hook]: six }).get(hook)?.shape).toEqual([3, 2]);
    expect(read({ logits: six, [hook]: null }).has(hook)).toBe(false);
  });

  it("may be none where none are needed", () => {
    expect(outputsOf("forward", {}, new Map()).size).toBe(0);
  });

  it("may have the logits of the last row alone", () => {
    for (const logits of [
      [5, 6],
      [[5, 6]],
      { shape: [2], data: [5, 6] },
      { shape: [1, 1, 2], data: [5, 6] },
    ]) {
      expect(read({ logits }).get("logits")?.shape).toEqual([1, 2]);
    }
  });

  it("hand a wrong shape on to the judge, but for logits: a stale cache gives longer patterns", () => {
    const longer = { shape: [2, 3, 5], data: new Array(30).fill(0) };
    expect(read({ logits: six, [pattern]: longer }).get(pattern)?.shape).toEqual([2, 3, 5]);
    expect(refusal(() => read({ logits: longer }))).toContain(
      '"taps.logits.shape" expected [3, 2]',
    );
    const cut = { shape: [2, 3, 5], data: [1] };
    expect(refusal(() => read({ logits: six, [pattern]: cut }))).toContain("expected 30 numbers");
  });

  it.each<[taps: unknown, message: string]>([
    [undefined, '"taps" expected an object, with arrays by name, got nothing'],
    [[six], '"taps" expected an object'],
    [{}, '"taps.logits" expected an array, got []'],
    [{ [hook]: six }, '"taps.logits" expected an array'],
    [{ logits: six, "layers.0.k_rope": 5 }, '"taps.layers.0.k_rope" expected an array'],
  ])("are refused: %j", (taps, message) => {
    expect(refusal(() => read(taps))).toContain(message);
  });

  it("bound the line that they may come in", () => {
    expect(longestAnswer(new Map())).toBe(2 ** 24);
    expect(longestAnswer(new Map([["logits", [10, 1000]]]))).toBe(2 ** 24 + 640_000);
    expect(longestAnswer(new Map([["logits", [8192, 256_000]]]))).toBe(2 ** 28);
  });
});

describe("ids and text", () => {
  it("are read, or refused", () => {
    expect(idsOf("encode", { ids: [2, 3] })).toEqual([2, 3]);
    expect(textOf("decode", { text: "" })).toBe("");
    for (const ids of [undefined, "2", [1.5], [-1], ["2"]]) {
      expect(refusal(() => idsOf("encode", { ids }))).toContain(
        '"ids" expected a list of token ids',
      );
    }
    expect(refusal(() => textOf("decode", { text: [1] }))).toContain('"text" expected a string');
  });
});
