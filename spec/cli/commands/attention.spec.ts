import { describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { cli } from "../../support/cli.ts";
import { checkpoint } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";

const TEXT = "Mira the fox had 6 plums.";
const EXACT = ["--model", fixture("tiny-stories"), "--precision", "float64"];
const loaded = checkpoint("tiny-stories").then((from) =>
  Gemma.load(from, { precision: "float64" }),
);

describe("attention", () => {
  it("says of each head what the last token reads most, and how it scores", async () => {
    const gemma = await loaded;
    const { out } = await cli(["attention", TEXT, ...EXACT, "--layer", "1", "--json"]);
    const { tokens, pieces, heads, most } = JSON.parse(out);
    expect(tokens).toEqual(gemma.encode(TEXT));
    expect(pieces.slice(0, 3)).toEqual(["<bos>", "Mira", "▁the"]);
    expect(heads).toHaveLength(gemma.config.numAttentionHeads);
    const induction = await gemma.detectHeads(undefined, { kind: "induction" });
    const duplicate = await gemma.detectHeads(undefined, { kind: "duplicate-token" });
    const previous = await gemma.detectHeads(TEXT, { kind: "previous-token" });
    expect(most).toBe(induction.most);
    for (const [head, line] of heads.entries()) {
      const { pattern } = await gemma.attentionStages(TEXT, { layer: 1, head });
      const row = [...pattern.data.subarray(-tokens.length)];
      const weight = Math.max(...row);
      expect(line).toEqual({
        layer: 1,
        head,
        reads: { position: row.indexOf(weight), weight },
        previousToken: previous.scores.get(1, head),
        duplicateToken: duplicate.scores.get(1, head),
        induction: induction.scores.get(1, head),
      });
    }
  });

  it("without --layer has a line for every head, that fits in 80 columns", async () => {
    const { out } = await cli(["attention", TEXT, ...EXACT]);
    const lines = out.split("\n");
    const heads = lines.filter((line) => /^ +\d+ +\d+ {2}\d+ \S+ +([01]\.\d\d *){4}$/.test(line));
    const { numHiddenLayers, numAttentionHeads } = (await loaded).config;
    expect(heads).toHaveLength(numHiddenLayers * numAttentionHeads);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(out).toContain("The last token is 8 .");
    expect(out).toContain("in 101\nrandom tokens");
  });

  it.each(["scores", "scaled", "masked", "pattern"] as const)(
    "--json has the map of a head: %s",
    async (stage) => {
      const gemma = await loaded;
      const which = ["--layer", "2", "--head", "3", "--stage", stage.toUpperCase()];
      const { out } = await cli(["attention", TEXT, ...EXACT, ...which, "--json"]);
      const stages = await gemma.attentionStages(TEXT, { layer: 2, head: 3 });
      const { map, ...rest } = JSON.parse(out);
      expect(rest).toMatchObject({ layer: 2, head: 3, keyValueHead: 0, stage });
      const numbers = [...stages[stage].data].map((x) => (Number.isFinite(x) ? x : null));
      expect(map.flat()).toEqual(numbers);
    },
  );

  it("draws a triangle of shades, with what each token reads most behind it", async () => {
    const gemma = await loaded;
    const { out } = await cli(["attention", TEXT, ...EXACT, "--layer", "2", "--head", "3"]);
    const { pattern } = await gemma.attentionStages(TEXT, { layer: 2, head: 3 });
    const lines = out.split("\n");
    expect(lines[0]).toBe("Layer 2, head 3 (key-value head 0): attention weights");
    expect(lines).toContain("          0 1 2 3 4 5 6 7 8");
    const rows = lines.filter((line) => line.includes(" → "));
    expect(rows).toHaveLength(9);
    for (const [l, row] of rows.entries()) {
      const [label, cells, target] = [row.slice(0, 10), row.slice(10, 28), row.slice(28)];
      expect(label).toMatch(new RegExp(`^${l} \\S+ +$`));
      let expected = "";
      let best = 0;
      for (let s = 0; s < 9; s++) {
        const weight = pattern.get(l, s);
        if (weight > pattern.get(l, best)) best = s;
        const shade = [0.7, 0.4, 0.2, 0.05, 0].findIndex((bound) => weight >= bound);
        expected += s > l ? "  " : "█▓▒░·"[shade].repeat(2);
      }
      expect(cells).toBe(expected);
      expect(target).toBe(
        ` → ${rows[best].slice(0, 10).trim()} ${pattern.get(l, best).toFixed(2)}`,
      );
    }
  });

  it("shows the last tokens of a text that is too wide, and whole squares before the mask", async () => {
    const long = Array.from({ length: 90 }, (_, i) => 20 + i).join(",");
    const which = ["--layer", "0", "--head", "1", "--ids", `2,${long}`];
    const { out } = await cli(["attention", ...which, "--stage", "scores"]);
    const rows = out.split("\n").filter((line) => line.includes(" → "));
    const [, shown] = /The last (\d+) of 91 tokens; --json has all/.exec(out) ?? [];
    expect(rows).toHaveLength(Number(shown));
    expect(Number(shown)).toBeGreaterThan(30);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
    // Every number of the square has a shade, later keys' too.
    for (const row of rows) expect(row.match(/[·░▒▓█]/g)).toHaveLength(rows.length);
  });

  it("needs no tokenizer for ids", async () => {
    const model = ["--model", fixture("mqa"), "--ids", "2,7,9"];
    expect((await cli(["attention", ...model])).out).toContain("The last token is 2 9.");
    const { out } = await cli(["attention", ...model, "--layer", "0", "--head", "0", "--json"]);
    expect(JSON.parse(out)).not.toHaveProperty("pieces");
  });

  it.each<[string[], number, string]>([
    [["--head", "0"], 2, "--head needs --layer"],
    [["--stage", "pattern"], 2, "--stage is about a map"],
    [["--layer", "0", "--head", "0", "--stage", "softmx"], 2, "--stage expects scores | scaled"],
    [["--layer", "0", "--head", "0", "--stage", "softmax"], 2, "did you mean pattern?"],
    [["--layer", "9"], 2, "--layer expects an integer from 0 to 3, got"],
    [["--layer", "0", "--head", "x"], 2, "--head expects an integer of 0 or more"],
    [["--layer", "0", "--head", "4"], 2, "--head expects an integer from 0 to 3, got"],
  ])("%s is refused", async (argv, code, message) => {
    const outcome = await cli(["attention", "Mira", ...argv]);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain(message);
  });
});
