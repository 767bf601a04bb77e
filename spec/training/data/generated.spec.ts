/**
 * Planted documents that the filters were not written by: other words, numbers, languages and damage than those of fixtures/learning, drawn by
 * a seeded generator of this file's own.
 */
import { describe, expect, it } from "vitest";
import { xoshiro128 } from "../../../src/random.ts";
import type { DropReason } from "../../../src/training/data/documents/document.ts";
import { jaccard, shinglesOf } from "../../../src/training/data/duplicates/shingles.ts";
import { personalDataFilter } from "../../../src/training/data/filters/personal-data.ts";
import { qualityFilter } from "../../../src/training/data/filters/quality.ts";
import { repetitionFilter } from "../../../src/training/data/filters/repetition.ts";
import { SHORT_TEXTS } from "../../../src/training/data/filters/short-texts.ts";
import { prepare } from "../../../src/training/data/prepare.ts";

const NOUNS =
  "engine harbour violin teacher orchard letter bridge captain kettle glacier pocket mirror ladder festival carpet tunnel pilot cabin recipe shadow library meadow statue whistle parcel compass theatre blanket".split(
    " ",
  );
const VERBS =
  "carried painted opened mended followed remembered sold borrowed counted described".split(" ");
const PLACES = "Lisbon Oslo Cairo Quito Hanoi Perth Tbilisi Accra Lima Riga".split(" ");
const SIGNS = "@#~<>{}|%^*/=\\_";

function planted(seed: number) {
  const random = xoshiro128(seed);
  const upTo = (n: number) => Math.floor(random() * n);
  const pick = <T>(of: readonly T[]) => of[upTo(of.length)];
  const digits = (n: number) => Array.from({ length: n }, () => upTo(10)).join("");

  const sentence = () =>
    pick([
      () =>
        `In ${pick(PLACES)} the ${pick(NOUNS)} was near the ${pick(NOUNS)}, and ${upTo(90) + 2} people ${pick(VERBS)} it.`,
      () => `She ${pick(VERBS)} a ${pick(NOUNS)} with the ${pick(NOUNS)} of her brother.`,
      () => `That ${pick(NOUNS)} ${pick(VERBS)} nobody until ${1900 + upTo(120)}.`,
      () => `"Where is my ${pick(NOUNS)}?" asked the ${pick(NOUNS)} from ${pick(PLACES)}.`,
      () => `They ${pick(VERBS)} every ${pick(NOUNS)} that they had to have in ${pick(PLACES)}.`,
    ])();
  const story = (sentences = 4 + upTo(4)) => Array.from({ length: sentences }, sentence).join(" ");
  const inside = (text: string, planted: string) => {
    const of = text.split(" ");
    of.splice(2 + upTo(of.length - 3), 0, planted);
    return of.join(" ");
  };
  const luhn = (body: string) =>
    Array.from("0123456789", (d) => body + d).find((number) => {
      const sum = Array.from(number)
        .reverse()
        .reduce((total, d, i) => {
          const value = Number(d) * (i % 2 === 0 ? 1 : 2);
          return total + (value > 9 ? value - 9 : value);
        }, 0);
      return sum % 10 === 0;
    }) as string;
  const grouped = (number: string, by: string) => (number.match(/.{4}/g) ?? []).join(by);

  const evaluation = Array.from({ length: 20 }, () => ({
    text: Array.from(
      { length: 24 + upTo(10) },
      () => `${pick(NOUNS)}${pick(["s", "", "ish"])}`,
    ).join(" "),
  }));
  const overlap = (n: number) => {
    const of = pick(evaluation).text.split(" ");
    const begin = upTo(of.length - n);
    const run = of.slice(begin, begin + n);
    const written = [
      run.join(" "),
      run.join(", ").toUpperCase(),
      `${run.slice(0, 5).join(" ")}.\n\n${run.slice(5).join(" ")}!`,
    ];
    return inside(story(), `“${pick(written)}”`);
  };

  const personal = [
    () =>
      `${pick(NOUNS)}.${pick(NOUNS)}${digits(2)}@${pick(NOUNS)}.${pick(["com", "de", "org", "museum"])}`,
    () => `${pick(NOUNS)}+${pick(NOUNS)}@mail.${pick(NOUNS)}.co.uk`,
    () => grouped(luhn(`5${1 + upTo(5)}${digits(13)}`), pick([" ", "-", ""])),
    () => luhn(`37${digits(12)}`),
    () => grouped(luhn(`6011${digits(11)}`), " "),
    () => `${pick([11, 45, 82, 193, 203])}.${upTo(256)}.${upTo(256)}.${upTo(256)}`,
    () => `http://198.51.100.${upTo(256)}:8080/a?b=1`,
    () => `2001:db8:${(4096 + upTo(4096)).toString(16)}::${(1 + upTo(4096)).toString(16)}`,
    () => `+44 20 7946 0${digits(3)}`,
    () => `+49 (0)30 ${digits(4)} ${digits(4)}`,
    () => `0${1 + upTo(5)} ${[0, 0, 0, 0].map(() => digits(2)).join(" ")}`,
    () => `(0${2 + upTo(8)}${digits(2)}) ${digits(3)} ${digits(4)}`,
    () => `+86 13${digits(1)} ${digits(4)} ${digits(4)}`,
    () => `${2 + upTo(8)}${digits(2)}-${digits(3)}-${digits(4)}`,
    () => `Tel. ${2 + upTo(8)}${digits(6)}`,
    () => `+55 11 9${digits(4)}-${digits(4)}`,
  ];
  const harmless = [
    () => `at ${upTo(24)}:${10 + upTo(50)}:${10 + upTo(50)}`,
    () => `on ${1 + upTo(28)}.${1 + upTo(12)}.${1900 + upTo(120)}`,
    () => `on ${1900 + upTo(120)}-0${1 + upTo(9)}-1${upTo(10)}`,
    () => `from ${1700 + upTo(100)}-${1800 + upTo(100)}`,
    () => `for $${1 + upTo(9)},${100 + upTo(900)},${100 + upTo(900)}.${10 + upTo(90)}`,
    () => `for ${1 + upTo(9)} ${100 + upTo(900)} ${100 + upTo(900)} crowns`,
    () => `version ${upTo(20)}.${upTo(20)}.${upTo(20)}.${upTo(20)}`,
    () => `to 192.168.${upTo(256)}.${upTo(256)}`,
    () => `to 10.${upTo(256)}.${upTo(256)}.${upTo(256)} or fe80::${upTo(9)}`,
    () => `ISBN 978-0-${100 + upTo(900)}-${10000 + upTo(90000)}-${upTo(10)}`,
    () => `${digits(1)}.${digits(14)} metres`,
    () => `by ${upTo(30)}-${upTo(30)}, ${upTo(30)}-${upTo(30)}`,
    () =>
      grouped(`4${digits(14)}${(Number(luhn(`4${digits(14)}`).at(-1)) + 1) % 10}`, " ").replace(
        /.$/,
        "",
      ),
    () => `see https://${pick(NOUNS)}.example/${digits(6)}`,
    () => `#${digits(6)} and @${pick(NOUNS)}`,
    () => `1${digits(4)}-${digits(4)} as a code`,
  ];
  const line = sentence();
  const low = [
    () => `${sentence()}\n`.repeat(1).repeat(1) + `${line}\n`.repeat(6 + upTo(9)),
    () =>
      Array.from({ length: 40 }, (_, i) =>
        i % 4 === 0
          ? pick(NOUNS)
          : Array.from({ length: 3 + upTo(4) }, () => pick([...SIGNS])).join(""),
      ).join(" "),
    () => `${pick(["buy now", "click here the"])} `.repeat(30 + upTo(20)),
    () => Array.from({ length: 40 }, () => `${digits(3)},${digits(2)}`).join(" "),
    () => `the of ${pick(NOUNS)}`,
    () =>
      Array.from({ length: 30 }, () =>
        Array.from({ length: 6 + upTo(5) }, () => pick([..."bcdfghjklmnpqrstvwxz"])).join(""),
      ).join(" "),
    () => Array.from({ length: 25 }, () => `${pick(NOUNS)}...\n`).join("the "),
    () => Array.from({ length: 30 }, () => `#${pick(NOUNS)} the`).join(" "),
  ];
  /** Words replaced until the shingles that are left make a Jaccard of at least 0.52. */
  const near = (text: string) => {
    const target = 0.52 + 0.35 * random();
    let of = text.split(" ");
    for (;;) {
      const next = of.with(upTo(of.length), pick(NOUNS));
      if (jaccard(shinglesOf(next.join(" "), 5), shinglesOf(text, 5)) < target) break;
      of = next;
    }
    return of.join(" ").replace(/\.$/, "!") + (of.join(" ") === text ? " So it was." : "");
  };

  const clean = Array.from({ length: 60 }, () => story());
  const documents = [
    ...clean.map((text) => ({ text, label: "clean" })),
    ...harmless.map((make) => ({ text: inside(story(), make()), label: "clean" })),
    ...Array.from({ length: 8 }, () => ({ text: overlap(6), label: "clean" })),
    ...clean.slice(0, 12).map((text, i) => ({
      text: [text, text.toUpperCase(), text.replaceAll(" ", "  "), `${text}\n`][i % 4],
      label: "exact duplicate",
    })),
    ...clean.slice(20, 35).map((text) => ({ text: near(text), label: "near duplicate" })),
    ...Array.from({ length: 10 }, () => ({ text: overlap(13 + upTo(6)), label: "contaminated" })),
    ...personal.map((make) => ({ text: inside(story(), make()), label: "personal" })),
    ...low.map((make) => ({ text: make(), label: "low quality" })),
  ];
  return { documents, evaluation };
}

describe.each([1, 2, 3])("documents of a generator, seed %i", async (seed) => {
  const { documents, evaluation } = planted(seed);
  const dropped = new Map<{ text: string; label: string }, DropReason>();
  const { documents: kept } = await prepare(documents, {
    filters: [
      qualityFilter(SHORT_TEXTS.quality),
      repetitionFilter(SHORT_TEXTS.repetition),
      personalDataFilter(),
    ],
    decontaminate: { benchmarks: { evaluation } },
    onDropped: (document, _, reason) => dropped.set(document, reason),
  });
  const labelled = (label: string) => documents.filter((document) => document.label === label);
  /** Of those with a label, what was dropped for another reason than it, or kept. */
  const missed = (label: string, ...filters: readonly string[]) =>
    labelled(label).flatMap((document) => {
      const filter = dropped.get(document)?.filter ?? "kept";
      return filters.includes(filter) ? [] : [[filter, document.text]];
    });

  it("keep what is clean, harmless numbers and short overlaps too", () => {
    const lost = labelled("clean").flatMap((document) => {
      const reason = dropped.get(document);
      return reason ? [[reason, document.text]] : [];
    });
    expect(lost).toEqual([]);
    expect(kept).toHaveLength(84);
  });

  it("lose duplicates", () => {
    expect(missed("exact duplicate", "exact duplicate")).toEqual([]);
    expect(missed("near duplicate", "near duplicate")).toEqual([]);
  });

  it("lose what repeats an evaluation item", () => {
    expect(missed("contaminated", "contamination")).toEqual([]);
  });

  it("lose personal data", () => {
    expect(missed("personal", "personal")).toEqual([]);
  });

  it("lose what is no text", () => {
    expect(missed("low quality", "quality", "repetition")).toEqual([]);
  });
});
