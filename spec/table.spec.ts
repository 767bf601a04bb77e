import { describe, expect, it } from "vitest";
import { formatBytes, formatNumber, formatPiece, table } from "../src/table.ts";

describe("table", () => {
  it("aligns columns, and leaves no space at the end of a line", () => {
    const rows = [
      ["a", "1", "x"],
      ["bbb", "22"],
      ["c", "3", ""],
    ];
    expect(table(rows, "lrl", " ")).toBe(" a     1  x\n bbb  22\n c     3\n");
  });
});

describe("formatBytes", () => {
  it("has three digits, and never 1000 of a unit in a power's clothes", () => {
    const sizes = [0, 999, 1000, 156288, 999_999, 5_012_344_832, 17e12];
    expect(sizes.map(formatBytes)).toEqual([
      "0 bytes",
      "999 bytes",
      "1 kB",
      "156 kB",
      "1,000 kB",
      "5.01 GB",
      "17 TB",
    ]);
  });
});

describe("formatPiece", () => {
  it("spells out what would move a cursor or break a line, and nothing else", () => {
    expect(formatPiece("▁a\n\r\t\x1b[2J\u2028é日")).toBe("▁a\\n\\r\\t\\u{1b}[2J\\u{2028}é日");
  });
});

it.each([
  [0, "0"],
  [1, "1"],
  [-12.3456, "-12.35"],
  [0.00012345, "1.23e-4"],
  [9999.4, "9999"],
  [12345.6, "1.23e+4"],
  [-Infinity, "-∞"],
  [NaN, "NaN"],
])("the number %d is %s", (x, text) => {
  expect(formatNumber(x)).toBe(text);
});
