import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StopText } from "../../src/generation/stop-text.ts";

describe("StopText", () => {
  it("holds back what could become a stop string, and nothing more", () => {
    const stop = new StopText(["\n\n", "END"]);
    expect(stop.push("one\n")).toEqual({ text: "one" });
    expect(stop.push("two E")).toEqual({ text: "\ntwo " });
    expect(stop.push("N")).toEqual({ text: "" });
    expect(stop.push("Ding")).toEqual({ text: "", stoppedBy: "END" });
  });

  it("cuts any text, in any pieces, where its first stop string begins", () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 4 }));
    const stopText = fc.string({
      unit: fc.constantFrom("a", "b", "c"),
      minLength: 1,
      maxLength: 3,
    });
    const stops = fc.array(stopText, { maxLength: 3 });
    fc.assert(
      fc.property(text, stops, (pieces, stopTexts) => {
        const stop = new StopText(stopTexts);
        let shown = "";
        let stopped = false;
        for (const piece of pieces) {
          const step = stop.push(piece);
          shown += step.text;
          stopped = step.stoppedBy !== undefined;
          if (!stopped) continue;
          expect(pieces.join("").startsWith(step.stoppedBy ?? "?", shown.length)).toBe(true);
          break;
        }
        if (!stopped) shown += stop.flush();
        const whole = pieces.join("");
        const begins = stopTexts.map((s) => whole.indexOf(s));
        const found = begins.filter((at) => at >= 0);
        expect(stopped).toBe(found.length > 0);
        // A longer stop string may begin earlier and only end later: what ends first, stops.
        if (!stopped) expect(shown).toBe(whole);
        else expect(stopTexts.some((s) => whole.startsWith(s, shown.length))).toBe(true);
      }),
    );
  });
});
