/** Finders of personal data on texts that others, and we, have labelled. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectionQuality, type LabelledText } from "../../src/personal-data/detection-quality.ts";
import { masked, maskedAt } from "../../src/personal-data/masked.ts";
import {
  findPersonalData,
  PERSONAL_KINDS,
  type PersonalKind,
} from "../../src/personal-data/personal-data.ts";
import { PERSONAL_DATA_KINDS, severityOf } from "../../src/personal-data/severity.ts";
import { readJson } from "../support/goldens.ts";
import { CONTACT } from "./cases/contact.ts";
import { FIELDS } from "./cases/fields.ts";
import { FRESH } from "./cases/fresh.ts";
import { MIXED } from "./cases/mixed.ts";
import { NUMBERS } from "./cases/numbers.ts";
import { LABELLED, labelled } from "./labelled.ts";

interface Golden {
  readonly text: string;
  readonly found: readonly {
    readonly type: string;
    readonly value: string;
    readonly start: number;
    readonly end: number;
  }[];
}

const kindOf = new Map(
  Object.entries(PERSONAL_DATA_KINDS).map(([kind, { infoType }]) => [
    infoType,
    kind as PersonalKind,
  ]),
);

const golden: LabelledText[] = readJson<{ readonly cases: readonly Golden[] }>(
  "evaluation/personal-data.json",
).cases.map(({ text, found }) => ({
  text,
  found: found.map(({ type, value, start, end }) => {
    if (text.slice(start, end) !== value) throw new Error(`not at its place: ${value}`);
    return { kind: kindOf.get(type) as PersonalKind, begin: start, end };
  }),
}));

/** What was found wrongly or missed, for whoever reads a failure. */
function faults(texts: readonly LabelledText[]): string[] {
  const said = (text: string, all: LabelledText["found"]) =>
    all.map(({ kind, begin, end }) => `${kind} ${text.slice(begin, end)}`).join(", ");
  return texts.flatMap(({ text, found: labels }) => {
    const [own, expected] = [said(text, findPersonalData(text)), said(text, labels)];
    return own === expected
      ? []
      : [`${text}\n    found ${own || "nothing"}, expected ${expected || "nothing"}`];
  });
}

describe("findPersonalData", () => {
  it("finds what the goldens label, and falls into none of their traps", async () => {
    expect(golden).toHaveLength(99);
    expect(golden.filter(({ found }) => found.length === 0)).toHaveLength(41);
    expect(faults(golden)).toEqual([]);
    const { precision, recall } = (await detectionQuality(golden)).get("all") ?? {};
    expect([precision, recall]).toEqual([1, 1]);
  });

  // Labelled before the finders had seen them: then 5 of these texts came out wrong, and their kinds of mistake were mended.
  it("finds what our own texts have, of each kind", async () => {
    const texts = LABELLED.map(labelled);
    expect(faults(texts)).toEqual([]);
    const quality = await detectionQuality(texts);
    for (const kind of PERSONAL_KINDS) expect(quality.get(kind)?.right).toBeGreaterThan(3);
    expect(texts.filter(({ found }) => found.length === 0).length).toBeGreaterThan(60);
  });

  it("finds what further texts have, but for two whose words no pattern knows", async () => {
    const texts = [CONTACT, NUMBERS, MIXED, FRESH, FIELDS].flat().map(labelled);
    expect(texts.filter(({ found }) => found.length === 0).length).toBeGreaterThan(200);
    expect(faults(texts)).toEqual([
      "2 Fast 2 Furious Drive\n    found address 2 Furious Drive, expected nothing",
      "12 Monkeys Walk in the Park\n    found address 12 Monkeys Walk, expected nothing",
    ]);
    const quality = await detectionQuality(texts);
    for (const kind of PERSONAL_KINDS) {
      const { precision = 0, recall = 0 } = quality.get(kind) ?? {};
      expect([kind, precision >= 0.9, recall]).toEqual([kind, true, 1]);
      expect(quality.get(kind)?.right).toBeGreaterThan(10);
    }
  });

  it("looks for the kinds that are asked for alone", () => {
    const text = "SSN 219-09-9999, ann@example.com";
    expect(findPersonalData(text, ["ssn"])).toEqual([{ kind: "ssn", begin: 4, end: 15 }]);
    expect(findPersonalData(text, [])).toEqual([]);
  });

  it("finds stretches in their order, apart and inside the text, whatever it is (fuzzed)", () => {
    const piece = fc.oneof(
      fc.constantFrom(...LABELLED.map((one) => labelled(one).text)),
      fc.string({ maxLength: 12 }),
      fc.stringMatching(/^[-0-9 .:@/A-F]{0,24}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), fc.constantFrom("", " ", "\n"), (all, by) => {
        const text = all.join(by);
        let from = 0;
        for (const { begin, end } of findPersonalData(text)) {
          expect(begin).toBeGreaterThanOrEqual(from);
          expect(end).toBeGreaterThan(begin);
          from = end;
        }
        expect(from).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  // Patterns that try all beginnings with all ends take minutes for these: 100,000 characters each.
  it.each([
    ..."0.@ :-'(+aA1/".split(""),
    "1.",
    "1-",
    "12 ",
    "a.",
    "Aa ",
    "a@",
    "A1",
    "00:",
    "DE89 ",
    "born ",
    "12 Main ",
    "call 5",
    "1, ",
    "rue de ",
    "(1",
    "123-45-",
    "a://b:",
    "/a@b.c",
    "a.-+'",
    "born a,",
  ])("comes to an end with many of %j", (piece) => {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    expect(findPersonalData(text).length).toBeGreaterThanOrEqual(0);
  });
});

describe("detectionQuality", () => {
  it("counts what is right, wrong and missed", async () => {
    const text = "a b c";
    const found = [
      { kind: "x", begin: 0, end: 1 },
      { kind: "y", begin: 2, end: 3 },
    ];
    const find = async () => [
      { kind: "x", begin: 0, end: 1 },
      { kind: "x", begin: 2, end: 3 },
    ];
    expect(Object.fromEntries(await detectionQuality([{ text, found }], find))).toEqual({
      x: { right: 1, wrong: 1, missed: 0, precision: 0.5, recall: 1 },
      y: { right: 0, wrong: 0, missed: 1, precision: Number.NaN, recall: 0 },
      all: { right: 1, wrong: 1, missed: 1, precision: 0.5, recall: 0.5 },
    });
    const twice = () => [found[0], found[0], found[1]];
    const quality = await detectionQuality([{ text, found }], twice);
    expect(quality.get("all")).toMatchObject({ right: 2, wrong: 1, missed: 0 });
  });
});

describe("what is shown", () => {
  it("tells the form and nothing else, where data are and nowhere else", () => {
    expect(masked("Zoë 🦊 +49-30")).toBe("xxx 🦊 +00-00");
    const text = "Write to ann@example.com, SSN 219-09-9999.";
    expect(maskedAt(text, findPersonalData(text))).toBe(
      "Write to xxx@xxxxxxx.xxx, SSN 000-00-0000.",
    );
    expect(
      maskedAt("abcd", [
        { begin: 2, end: 4 },
        { begin: 0, end: 3 },
      ]),
    ).toBe("xxxx");
    expect(maskedAt("abcd", [])).toBe("abcd");
  });

  it("has a severity for each kind, and for kinds of the caller's", () => {
    expect(Object.keys(PERSONAL_DATA_KINDS).sort()).toEqual([...PERSONAL_KINDS].sort());
    expect(severityOf("card")).toBe("high");
    expect(severityOf("ip")).toBe("low");
    expect(severityOf("person")).toBe("moderate");
  });
});
