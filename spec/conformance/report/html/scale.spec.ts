/** The colours of the page: steps in order, told apart without red and green, text that can be read on them. */
import { describe, expect, it } from "vitest";
import { SCALE, signOf, stepOf } from "../../../../src/conformance/report/html/scale.ts";
import { STYLE } from "../../../../src/conformance/report/html/style.ts";

const rgb = (colour: string) =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);

/** Relative luminance, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [r, g, b] = rgb(colour).map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The variables of the light and of the dark page. */
const [LIGHT, DARK] = STYLE.split("@media (prefers-color-scheme: dark)").map(
  (part) =>
    new Map(
      [...part.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]),
    ),
);

describe("the scale", () => {
  it.each([
    [0, "s0", ""],
    [0.01, "s0", ""],
    [0.1, "s1", ""],
    [1, "s2", ""],
    [1.0001, "s3", "1"],
    [10, "s3", "1"],
    [10.1, "s4", "2"],
    [5000, "s5", "4"],
    [1e6, "s6", "6"],
    [1e300, "s7", "300"],
    [Number.POSITIVE_INFINITY, "s8", "!"],
    [Number.NaN, "s8", "!"],
  ])("of %d is %s, and says %j", (over, name, sign) => {
    expect([stepOf(over).name, signOf(over)]).toEqual([name, sign]);
  });

  it("has an example in each step", () => {
    expect(SCALE.map(({ example }) => stepOf(example))).toEqual(SCALE);
  });

  it("turns from blue to amber at the budget, which any eye can tell apart", () => {
    for (const { upTo, name, light, dark } of SCALE.filter((step) => step.name !== "s8")) {
      for (const colour of [light, dark]) {
        const [r, , b] = rgb(colour);
        expect([name, b > r]).toEqual([name, upTo <= 1]);
      }
    }
  });

  it("grows darker with the error on a light page, brighter on a dark one", () => {
    const wrong = SCALE.filter(({ upTo }) => upTo > 1);
    const light = wrong.map((step) => luminance(step.light));
    const dark = wrong.map((step) => luminance(step.dark));
    expect(light).toEqual([...light].sort((a, b) => b - a));
    expect(dark).toEqual([...dark].sort((a, b) => a - b));
  });

  it.each<[string, Map<string, string>]>([
    ["light", LIGHT],
    ["dark", DARK],
  ])("bears text that can be read, on the %s page", (_, colours) => {
    const get = (name: string) => colours.get(name) as string;
    // 4.5 is the bar of WCAG 2 for text of this size.
    for (const { name } of SCALE) {
      expect([name, contrast(get(name), get(`on-${name}`)) >= 4.5]).toEqual([name, true]);
    }
    const pairs = [
      ...[
        ["text", "page"],
        ["text", "card"],
        ["faint", "page"],
        ["faint", "card"],
        ["bad", "page"],
      ],
      ...[
        ["good", "page"],
        ["good", "good-back"],
        ["bad", "bad-back"],
        ["quiet", "quiet-back"],
      ],
    ];
    for (const [text, ground] of pairs) {
      expect([text, ground, contrast(get(text), get(ground)) >= 4.5]).toEqual([text, ground, true]);
    }
  });
});
