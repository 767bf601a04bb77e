import { describe, expect, it } from "vitest";
import { reflow, Wrap } from "../../../src/cli/terminal/wrap.ts";

const wrapped = (parts: readonly string[], width = 12, indent = "  ") => {
  const wrap = new Wrap(width, indent);
  return parts.map((part) => wrap.push(part)).join("") + wrap.flush();
};

describe("Wrap", () => {
  const text = "one two three four, fourteen letters in one-very-long-word.\nAnd on";

  it("breaks at spaces, so that no line but that of a longer word exceeds the width", () => {
    const lines = `  ${wrapped([text])}`.split("\n");
    expect(lines).toEqual([
      "  one two",
      "  three",
      "  four,",
      "  fourteen",
      "  letters in",
      "  one-very-long-word.",
      "  And on",
    ]);
  });

  it("gives the same lines however the text arrives", () => {
    expect(wrapped([...text])).toBe(wrapped([text]));
    expect(wrapped(text.split(/(?<= )/))).toBe(wrapped([text]));
  });

  it("holds back no more than the last word", () => {
    expect(new Wrap(80, "").push("Mira the fo")).toBe("Mira the");
  });
});

describe("reflow", () => {
  it("makes lines of its own, and keeps empty ones", () => {
    const text = `
      One two three
      four five.

      Six.`;
    expect(reflow(text, 10)).toBe("One two\nthree four\nfive.\n\nSix.");
  });
});
