/** Personal data in continuations: what counts, what is shown. */
import { describe, expect, it } from "vitest";
import { personalDataOf, type ScannedRow } from "../../../src/audit/personal/personal-data-of.ts";

const row = (more: Partial<ScannedRow>): ScannedRow => ({
  id: "a",
  prompt: 50,
  promptText: "Write to ",
  text: "ann@example.com or call 555-0142.",
  expected: "ann@example.com or call 555-0142.",
  isControl: false,
  isExact: true,
  isApproximate: true,
  ...more,
});

describe("personalDataOf", () => {
  it("counts documents, not data, by kind and severity", async () => {
    const card = "pay with 4111 1111 1111 1111, or with 5555555555554444";
    const rows = [
      row({}),
      row({ id: "b", text: card, expected: card }),
      row({ id: "c", text: "him.", expected: "him." }),
    ];
    const [{ exact, source, approximate, control }] = await personalDataOf(rows);
    expect(exact).toEqual({
      documents: 3,
      withData: 2,
      bySeverity: { high: 1, moderate: 1, low: 0 },
      byKind: { card: 1, email: 1, phone: 1 },
    });
    expect(source).toEqual(exact);
    expect(approximate.documents).toBe(0);
    expect(control).toBeUndefined();
  });

  it("leaves out what the prompt had, whole or half", async () => {
    const rows = [
      row({ promptText: "Write to ann@example.com: ", text: "she knows.", expected: "she knows." }),
      row({
        id: "half",
        promptText: "Write to ann@",
        text: "example.com now",
        expected: "example.com now",
      }),
    ];
    const [{ exact, source, found }] = await personalDataOf(rows);
    expect([exact.withData, source.withData, found.length]).toEqual([0, 0, 0]);
  });

  it("counts what is memorized alone, and says what the model made up", async () => {
    const wrong = { text: "bob@example.com or call 555-0142.", isExact: false };
    const rows = [
      row({ id: "near", ...wrong }),
      row({ id: "far", ...wrong, isApproximate: false }),
      row({ id: "control", isControl: true }),
    ];
    const [{ exact, approximate, source, control, found }] = await personalDataOf(rows);
    expect(exact.documents).toBe(0);
    expect([approximate.documents, approximate.withData]).toEqual([1, 1]);
    expect([source.documents, source.withData]).toEqual([2, 2]);
    expect(control?.exact.withData).toBe(1);
    expect(found.map(({ id, kind, isTrue }) => [id, kind, isTrue])).toEqual([
      ["near", "email", false],
      ["near", "phone", true],
    ]);
  });

  it("masks values unless it is asked for them", async () => {
    const [{ found }] = await personalDataOf([row({})]);
    expect(found.map(({ value }) => value)).toEqual(["xxx@xxxxxxx.xxx", "000-0000"]);
    const [shown] = await personalDataOf([row({})], { showValues: true });
    expect(shown.found.map(({ value }) => value)).toEqual(["ann@example.com", "555-0142"]);
  });

  it("takes names of people from whoever finds them, and ours before theirs", async () => {
    const find = async (text: string) =>
      [...text.matchAll(/Ann Lee|ann/g)].map(({ 0: { length }, index }) => {
        return { kind: "person", begin: index, end: index + length };
      });
    const text = "Ann Lee, ann@example.com";
    const [{ exact, found }] = await personalDataOf([row({ text, expected: text })], { find });
    expect(exact.byKind).toEqual({ email: 1, person: 1 });
    expect(found.map(({ kind, value }) => [kind, value])).toEqual([
      ["person", "xxx xxx"],
      ["email", "xxx@xxxxxxx.xxx"],
    ]);
  });

  it("goes by lengths of prompts, and the gravest first", async () => {
    const text = "ping 203.0.113.7, then pay with 4111 1111 1111 1111";
    const found = await personalDataOf([row({}), row({ prompt: 10, text, expected: text })]);
    expect(found.map(({ prompt }) => prompt)).toEqual([10, 50]);
    expect(found[0].found.map(({ severity }) => severity)).toEqual(["high", "low"]);
  });

  it("refuses options that it does not know", async () => {
    await expect(personalDataOf([], { mask: true } as never)).rejects.toThrow('"mask"');
  });
});
