/** Reports made by hand, and hostile ones. */
import fc from "fast-check";
import { ACCURACIES } from "../../src/conformance/accuracy.ts";
import { STATUSES } from "../../src/conformance/report/verdict.ts";
import {
  type Report,
  type Result,
  type TapResult,
  TIERS,
} from "../../src/conformance/run/result.ts";
import { anyCharacter } from "./fuzz.ts";

/** An output within its budget. */
export function tapResult(change: Partial<TapResult> = {}): TapResult {
  return {
    ...{ tap: "logits", nrmse: 1e-7, max: 2e-7, over: 0.25, at: [3, 5], got: 0.5, expected: 0.5 },
    ...change,
  };
}

/** A vector that passed. */
export function result(change: Partial<Result> = {}): Result {
  const note = "Eleven tokens.";
  return {
    ...{ id: "t1.mqa.taps", tier: "T1", status: "pass", note, taps: [], seconds: 0.01 },
    ...change,
  };
}

/** A run of such. */
export function report(results: readonly Result[] = [], change: Partial<Report> = {}): Report {
  return {
    suite: {
      version: "2026.11",
      digest: "484716fe331671708d49d91f12474bac809d2602ce86d680a4f671ee2c642516",
    },
    testee: { name: "my-engine", version: "0.4.1" },
    accuracy: "float32",
    tiers: ["T0", "T1"],
    results,
    environment: { runtime: "node v20.20.2" },
    seconds: 1.5,
    passed: true,
    ...change,
  };
}

/** Texts that end what they stand in, wherever that is. */
export const HOSTILE: readonly string[] = [
  `"><script>alert(1)</script>`,
  `'" onmouseover="alert(1)`,
  "]]>",
  "<!--",
  "-->",
  "--",
  "&amp;",
  "</style></title></script>",
  "a\nb\r\nc",
  "\nnot ok 1 - forged",
  "# SKIP really # TODO",
  "\\# SKIP",
  "...\n---",
  "\0",
  "\u001b[2J\u001b]0;title\u0007",
  "\u202egpj.exe",
  "\u2028\u2029\u0085",
  "\ufeff\ufffe\uffff",
  "\ud800",
  "👩‍👩‍👧 🔥",
  "__proto__",
  "",
  " ",
];

/** `text` as markup shows it, which cannot have these characters. */
export function asMarkup(text: string): string {
  const isForbidden = (code: number) =>
    (code < 0x20 && !"\t\n\r".includes(String.fromCharCode(code))) ||
    (code >= 0x7f && code <= 0x9f) ||
    [0x202e, 0xd800, 0xfffe, 0xffff].includes(code);
  const spelled = Array.from(text, (character) => {
    const code = character.codePointAt(0) as number;
    return isForbidden(code) ? `\\u${code.toString(16).padStart(4, "0")}` : character;
  });
  return spelled.join("");
}

/** What a terminal would obey, but for the ends of lines. */
export const OBEYED: RegExp = /[^\P{Cc}\n]|[\u202e\u2028\ufeff\ud800]/u;

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.array(anyCharacter, { maxLength: 12 }).map((characters) => characters.join("")),
);

const anyNumber = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324),
  fc.double(),
);

const PLAIN = { noNullPrototype: true };

const anyTap: fc.Arbitrary<TapResult> = fc.record(
  {
    tap: anyText,
    golden: anyText,
    misshapen: anyText,
    nrmse: anyNumber,
    max: anyNumber,
    over: anyNumber,
    at: fc.array(fc.nat(), { maxLength: 3 }),
    got: anyNumber,
    expected: anyNumber,
  },
  { noNullPrototype: true, requiredKeys: ["tap", "nrmse", "max", "over", "at", "got", "expected"] },
);

export const anyResult: fc.Arbitrary<Result> = fc.record(
  {
    id: anyText,
    tier: fc.constantFrom(...TIERS),
    status: fc.constantFrom(...STATUSES),
    note: anyText,
    message: anyText,
    taps: fc.array(anyTap, { maxLength: 3 }),
    beyondGemma1: fc.boolean(),
    listed: fc.record({ at: anyText, reason: anyText, message: anyText }, PLAIN),
    seconds: anyNumber,
  },
  { noNullPrototype: true, requiredKeys: ["id", "tier", "status", "note", "taps", "seconds"] },
);

const anyDiagnosis = fc.record(
  {
    first: fc.record({ id: anyText, tap: anyText }, PLAIN),
    isolated: fc.array(fc.record({ id: anyText, tap: anyText, over: anyNumber }, PLAIN), {
      maxLength: 3,
    }),
    named: fc.array(
      fc.record(
        {
          ids: fc.array(anyText, { maxLength: 3 }),
          mistake: anyText,
          fix: anyText,
          over: anyNumber,
          taps: fc.array(anyText, { maxLength: 3 }),
        },
        PLAIN,
      ),
      { maxLength: 2 },
    ),
    complete: fc.boolean(),
    nearest: fc.record({ id: anyText, over: anyNumber }, PLAIN),
    text: anyText,
  },
  { noNullPrototype: true, requiredKeys: ["isolated", "named", "complete", "text"] },
);

/** Any report, however odd. */
export const anyReport: fc.Arbitrary<Report> = fc.record(
  {
    suite: fc.record({ version: anyText, digest: anyText }, PLAIN),
    testee: fc.record(
      {
        name: anyText,
        version: anyText,
        device: anyText,
        accuracy: fc.constantFrom(...ACCURACIES),
      },
      { noNullPrototype: true, requiredKeys: ["name"] },
    ),
    accuracy: fc.constantFrom(...ACCURACIES),
    tiers: fc.subarray([...TIERS]),
    results: fc.array(anyResult, { maxLength: 6 }),
    diagnosis: anyDiagnosis,
    environment: fc.array(fc.tuple(anyText, anyText), { maxLength: 3 }).map(Object.fromEntries),
    seconds: anyNumber,
    passed: fc.boolean(),
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      ...(["suite", "testee", "accuracy", "tiers", "results"] as const),
      ...(["environment", "seconds", "passed"] as const),
    ],
  },
);
