/** Duplicates: what counts as one, and how surely pairs are found. */
import { describe, expect, it } from "vitest";
import { xoshiro128 } from "../../../../src/random.ts";
import { deduplicate } from "../../../../src/training/data/duplicates/deduplicate.ts";
import { bucketsOf, minHasher } from "../../../../src/training/data/duplicates/minhash.ts";
import { jaccard, shinglesOf } from "../../../../src/training/data/duplicates/shingles.ts";

const of = (...texts: string[]) => texts.map((text) => ({ text }));
const letters = (text: string) => text.split("").join(" ");

describe("exact duplicates", () => {
  it("differ in case, whitespace and width at most; the first is kept", async () => {
    const texts = of("The End.", "the  end.\n", "Ｔｈｅ Ｅｎｄ.", "The end!", "The End. ");
    const { documents, clusters } = await deduplicate(texts, {
      threshold: Number.POSITIVE_INFINITY,
    });
    expect(documents).toEqual([texts[0], texts[3]]);
    expect(clusters).toEqual([
      {
        kept: 0,
        dropped: [1, 2, 4].map((document) => ({ document, kind: "exact", similarity: 1 })),
      },
    ]);
  });
});

describe("near duplicates", () => {
  // Ten shingles of five letters; the last letter changed changes one, so that 9 of 11 are common.
  const base = letters("abcdefghijklmn");

  it("share shingles: by hand", () => {
    const near = letters("abcdefghijklmz");
    expect(jaccard(shinglesOf(base, 5), shinglesOf(near, 5))).toBeCloseTo(9 / 11, 15);
    expect(jaccard(shinglesOf(base, 5), shinglesOf(letters("opqrstu"), 5))).toBe(0);
    expect(shinglesOf(`${base} ${base}`, 5)).toHaveLength(14); // each once: 10, and 4 over the seam
  });

  it("are those above the threshold, and are told how alike they are", async () => {
    const near = letters("abcdefghijklmz");
    const { documents, clusters } = await deduplicate(of(base, near), { threshold: 0.8 });
    expect(documents).toHaveLength(1);
    expect(clusters[0].dropped[0]).toMatchObject({ document: 1, kind: "near" });
    expect(clusters[0].dropped[0].similarity).toBeCloseTo(9 / 11, 15);
    expect((await deduplicate(of(base, near), { threshold: 0.82 })).documents).toHaveLength(2);
  });

  it("are of one cluster where a third is near to both", async () => {
    // Twenty shingles; half of the letters changed on either side leave the two with too little in common.
    const middle = letters("abcdefghijklmnopqrstuvwx");
    const left = letters("ABCDEFGHIJKLMNOPQRSTUVWX".replace(/^.{6}/, "123456"));
    const right = letters("ABCDEFGHIJKLMNOPQRSTUVWX".replace(/.{6}$/, "123456"));
    expect(jaccard(shinglesOf(left, 5), shinglesOf(right, 5))).toBeLessThan(0.5);
    expect(jaccard(shinglesOf(left, 5), shinglesOf(middle, 5))).toBeGreaterThan(0.5);
    const { clusters } = await deduplicate(of(left, right, middle, middle));
    expect(clusters).toHaveLength(1);
    expect(clusters[0].kept).toBe(0);
    expect(clusters[0].dropped.map(({ document, kind }) => [document, kind])).toEqual([
      [1, "near"],
      [2, "near"],
      [3, "exact"],
    ]);
  });

  it.each([
    ["a + b", "a - b", "a * b"],
    ["12 + 30 = 42", "12 * 30 = 42"],
    ["x = -5", "x = 5", "x = −6"],
    ["C", "C++", "C#"],
    ["!!!", "???"],
    ["I have learnt C all winter long", "I have learnt C++ all winter long"],
    ["What is 12 + 30? 12 + 30 = 42.", "What is 12 - 30? 12 - 30 = 42."],
    ["the price is 3.14 or so", "the price is 314 or so"],
    ["2 * (3 + 4) = 14", "(2 * 3) + 4 = 14"],
    ["if (!x) return the old value", "if (x) return the old value"],
    ["it costs 5% at most", "it costs $5 at most"],
  ])("are not those that differ in a sign: %s", async (...texts) => {
    expect((await deduplicate(of(...texts))).clusters).toEqual([]);
  });

  it.each([
    ["He was well-known, and slept all day.", "He was wellknown and slept “all” day!"],
    ["- Take **two** eggs and a spoon\n- Stir", "• take two eggs, and a spoon.\n* Stir..."],
    ["He ran -- and he ran home", "He ran — and he ran home"],
  ])("are those that differ in punctuation alone: %s", async (...texts) => {
    const { clusters } = await deduplicate(of(...texts));
    expect(clusters[0].dropped).toEqual([{ document: 1, kind: "near", similarity: 1 }]);
  });

  it("are the same for the same seed, in any language", async () => {
    const texts = of(
      "敏捷的棕色狐狸跳过了懒狗",
      "敏捷的棕色狐狸跳过了懒猫",
      "完全不同的一句话在这里",
    );
    const { documents } = await deduplicate(texts);
    expect(documents).toEqual([texts[0], texts[2]]);
  });
});

describe("MinHash", () => {
  /** Two sets of shingles with Jaccard `shared` / 100. */
  function pair(shared: number, random: () => number): [Float64Array, Float64Array] {
    const draw = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 2 ** 53));
    const [both, own] = [draw(shared), draw(100 - shared)];
    const half = Math.floor(own.length / 2);
    return [
      Float64Array.from([...both, ...own.slice(0, half)]),
      Float64Array.from([...both, ...own.slice(half)]),
    ];
  }

  it("agrees with the probability J, and in a band with 1 − (1 − J³)⁶⁴", () => {
    const random = xoshiro128(1);
    const [bands, rows, pairs] = [64, 3, 200];
    const signatureOf = minHasher({ bands, rows, seed: 0 });
    for (const shared of [20, 40, 60]) {
      let [agree, found] = [0, 0];
      for (let k = 0; k < pairs; k++) {
        const [a, b] = pair(shared, random).map(signatureOf);
        agree += a.filter((value, i) => value === b[i]).length;
        const inBand = (band: number) => [...bucketsOf([a, b], band, rows)].length > 0;
        found += Array.from({ length: bands }, (_, band) => inBand(band)).some(Boolean) ? 1 : 0;
      }
      const share = agree / (pairs * bands * rows);
      const j = shared / 100;
      const sigma = Math.sqrt((j * (1 - j)) / (pairs * bands * rows));
      expect(Math.abs(share - j)).toBeLessThan(4 * sigma);
      const p = 1 - (1 - j ** rows) ** bands;
      const deviation = Math.sqrt((p * (1 - p)) / pairs) + 1 / pairs;
      expect(Math.abs(found / pairs - p)).toBeLessThan(4 * deviation);
    }
  });
});

describe("deduplicate", () => {
  it("refuses options that are none", async () => {
    await expect(deduplicate([], { bands: 0 })).rejects.toThrow(
      'deduplicate: "bands" expected a positive integer, got 0',
    );
    await expect(deduplicate([], { threshold: 0 })).rejects.toThrow("threshold");
    await expect(deduplicate([], { seed: -1 })).rejects.toThrow("seed");
  });

  it("groups by other shingles, bands, rows and seeds", async () => {
    const texts = of(letters("abcdefghijklmn"), letters("abcdefghijklmz"));
    expect((await deduplicate(texts, { shingle: 14 })).documents).toHaveLength(2);
    // 13 of 15 pairs of letters are common, and one band of 200 rows never agrees in all.
    expect((await deduplicate(texts, { bands: 1, rows: 200 })).documents).toHaveLength(2);
    expect((await deduplicate(texts, { seed: 7 })).documents).toHaveLength(1);
  });
});
