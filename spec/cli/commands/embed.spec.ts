import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { readJson } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";

const { embedded } = readJson<{ embedded: { text: string; mean: number[]; last: number[] }[] }>(
  "likelihood/goldens.json",
);
const MODEL = ["--model", fixture("tiny-stories"), "--precision", "float64"];

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, x] of expected.entries()) expect(got[i]).toBeCloseTo(x, 10);
}

describe("embed", () => {
  it("writes the vector that NumPy has, as a list", async () => {
    const [{ text, mean, last }] = embedded;
    expectClose(JSON.parse((await cli(["embed", text, ...MODEL])).out), mean);
    const { out } = await cli(["embed", text, "--pooling", "last", "--json", ...MODEL]);
    expectClose(JSON.parse(out).embedding, last);
    const normal = await cli(["embed", text, "--normalize", ...MODEL]);
    expect(Math.hypot(...JSON.parse(normal.out))).toBeCloseTo(1, 12);
  });

  it("writes a line for each of --lines", async () => {
    const texts = embedded.slice(0, 2);
    const stdin = `${texts.map(({ text }) => text).join("\n")}\n`;
    const { out } = await cli(["embed", "--lines", "--json", ...MODEL], { stdin });
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ line }) => line)).toEqual([1, 2]);
    for (const [i, { embedding }] of lines.entries()) expectClose(embedding, texts[i].mean);
  });

  it("refuses another pooling", async () => {
    const { code, err } = await cli(["embed", "x", "--pooling", "cls"]);
    expect(code).toBe(2);
    expect(err).toContain("--pooling expects mean or last, got cls");
  });
});
