import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { cutTo, widthOf } from "../../../src/cli/terminal/columns.ts";
import { Gemma } from "../../../src/gemma.ts";
import type { LogitAttribution } from "../../../src/interp/attribution/attribution.ts";
import type { LogitLens } from "../../../src/interp/lens/lens.ts";
import { cli, type Setting } from "../../support/cli.ts";
import { fixture } from "../../support/paths.ts";

const TEXT = "Mira the fox had 6 plums.";
const lens = async (...argv: string[]) => (await cli(["lens", ...argv])).out;
const lines = (out: string) => out.trimEnd().split("\n");

describe("lens", () => {
  it("has a row for each depth and a column for each token, within 80 columns", async () => {
    const [title, , ...rest] = lines(await lens(TEXT));
    expect(title).toBe("The next token after each, as it looks after every block");
    const blocks = rest.join("\n").split("\n\n");
    expect(blocks.length).toBeGreaterThan(1);
    expect(rest.every((line) => widthOf(line) <= 80)).toBe(true);
    const heads = blocks.flatMap((block) => block.split("\n")[1].trim().split(/ {2,}/));
    expect(heads).toEqual(["<bos>", "Mira", "▁the", "▁fox", "▁had", "▁", "6", "▁plums", "."]);
    for (const block of blocks) {
      const labels = block.split("\n").map((line) => line.split(" ")[0]);
      expect(labels).toEqual(["", "", "embed", "L0", "L1", "L2", "output"]);
    }
  });

  it("shows what Gemma.logitLens gives, which is its --json", async () => {
    const gemma = await Gemma.load(fixture("tiny-stories-it"));
    const expected = await gemma.logitLens(TEXT);
    await gemma.dispose();
    const given = JSON.parse(await lens(TEXT, "--json", "--model", fixture("tiny-stories-it")));
    expect(given).toEqual(JSON.parse(JSON.stringify(expected)));
    const out = await lens(TEXT, "--model", fixture("tiny-stories-it"));
    const output = lines(out).filter((line) => line.startsWith("output"));
    const cells = output.flatMap((line) => line.split(/ {2,}/).slice(1));
    const texts = expected.depths
      .at(-1)
      ?.cells.map(({ top: [{ piece, probability }] }) => [piece, Math.round(100 * probability)]);
    expect(cells).toEqual(texts?.map(([piece, share]) => `${piece} ${share}%`));
  });

  it("--target: its rank and its probability in each cell", async () => {
    const [title, , , , ...rest] = lines(await lens("Mira the fox had 6", "--target", " plums"));
    expect(title).toBe("Rank and probability of ▁plums after each token, by depth");
    const { depths }: LogitLens = JSON.parse(
      await lens("Mira the fox had 6", "--target", " plums", "--json"),
    );
    for (const [d, line] of rest.entries()) {
      const cells = line
        .split(/ {2,}/)
        .slice(1)
        .map((cell) => cell.split(" ")[0]);
      expect(cells).toEqual(depths[d].cells.map(({ targets: [{ rank }] }) => `#${rank}`));
    }
  });

  it("--position: the first tokens at each depth, as many as --top says", async () => {
    const [title, , head, ...rest] = lines(await lens(TEXT, "--position", "-2", "--top", "3"));
    expect(title).toBe("After token 7, ▁plums");
    expect(head.trim()).toMatch(/^kl +entropy +rank of \. +most probable$/);
    expect(rest.map((line) => line.split(" ")[0])).toEqual(["embed", "L0", "L1", "L2", "output"]);
    for (const line of rest) expect(line.match(/\S+ (<?\d+)%/g)?.length).toBe(3);
    expect(rest.at(-1)).toMatch(/^output +0\.00 +\d\.\d\d +1 +\. \d+%/);
  });

  it("wraps the tokens of a position where the line ends", async () => {
    const [, , , ...rest] = lines(await lens(TEXT, "--position", "3", "--top", "12"));
    expect(rest.length).toBeGreaterThan(5);
    expect(rest.every((line) => widthOf(line) <= 80)).toBe(true);
    expect(rest.join(" ").match(/%/g)?.length).toBe(5 * 12);
  });

  it("looks at an example without a text, in colours on a terminal that shows them", async () => {
    const setting: Setting = { terminal: true };
    const { out, code } = await cli(["lens"], setting);
    expect(code).toBe(0);
    expect(out).toContain("▁plums");
    expect(out).toContain("\x1b[32m");
    const { out: plain } = await cli(["lens"], { ...setting, env: { NO_COLOR: "1" } });
    expect(plain).not.toContain("\x1b");
    expect(stripVTControlCharacters(out)).toBe(plain);
  });

  it("needs no tokenizer for ids: tokens are ids then", async () => {
    const model = ["--model", fixture("mqa"), "--ids", "2,7,9"];
    const out = await lens(...model, "--position", "1", "--target", "5");
    expect(out).toMatch(/^After token 1, #7\n/);
    expect(out).toMatch(/rank of #5 +most probable\nembed .* #\d+ /);
  });
});

describe("lens --attribution", () => {
  it("has the parts by size, with bars, and their sum, within 80 columns", async () => {
    const argv = [TEXT, "--attribution", "--position", "6", "--target", " plums"];
    const [title, , ...rest] = lines(await lens(...argv, "--top", "4"));
    expect(title).toBe("What made the logit of ▁plums after token 6, 6");
    const { parts, logit }: LogitAttribution = JSON.parse(await lens(...argv, "--json"));
    const bySize = [...parts].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    expect(rest.length).toBe(6);
    for (const [i, { label, contribution }] of bySize.slice(0, 4).entries()) {
      const figure = `${contribution < 0 ? "-" : "+"}${Math.abs(contribution).toFixed(2)}`;
      expect(rest[i]).toMatch(new RegExp(`^${label} +\\${figure} `));
    }
    expect(rest[4]).toMatch(new RegExp(`^${parts.length - 4} others +[+-]\\d`));
    expect(rest[5]).toMatch(/^sum +\+\d/);
    expect(Number(rest[5].split(/ +/)[1])).toBeCloseTo(logit, 1);
    expect(rest.every((line) => widthOf(line) <= 80)).toBe(true);
    expect(widthOf(rest[0])).toBe(80);
  });

  it("--against takes another token's logit off, --neurons looks into an MLP", async () => {
    const argv = [TEXT, "--attribution", "--target", " At", "--against", " Now"];
    expect(await lens(...argv)).toContain("the logit of ▁At less that of ▁Now after token 8, .");
    const out = await lens(...argv, "--neurons", "-1", "--top", "2");
    expect(out).toContain("Neurons of block 3: what they put into the logit of ▁At less");
    expect(lines(out)[2]).toMatch(/^L3N\d+ +[+-]\d/);
    expect(out).toContain("510 others");
  });
});

describe("lens refuses", () => {
  it.each<[argv: string[], code: number, message: string]>([
    [["x", "--top", "3"], 2, "--top needs --position, --attribution or --json"],
    [["x", "--top", "0"], 2, "--top expects an integer of 1 or more"],
    [["x", "--attribution", "--json", "--top", "3"], 2, "--json has all parts"],
    [["x", "--against", " fox"], 2, "--against needs --attribution"],
    [["x", "--neurons", "1"], 2, "--neurons needs --attribution"],
    [["x", "--position", "1.5"], 2, "--position expects the place of a token"],
    [["x", "--position", "9"], 2, "--position expects an integer from -2 to 1, got 9"],
    [["x", "--attribution", "--position", "9"], 2, "--position expects an integer from -2 to 1"],
    [["x", "--attribution", "--neurons", "9"], 2, "--neurons expects an integer from -4 to 3"],
    [["x", "--target", "foxes"], 2, "--target expects a text of one token, got"],
    [["x", "--attribution", "--against", ""], 2, "--against expects a text of one token, got an"],
  ])("%j", async (argv, code, message) => {
    const { code: got, err } = await cli(["lens", ...argv]);
    expect(err).toContain(message);
    expect(got).toBe(code);
  });
});

describe("columns", () => {
  it("are two of a wide character, and none of an accent that joins", () => {
    expect(["fox", "狐", "🦊", "e\u0301", "▁"].map(widthOf)).toEqual([3, 2, 2, 1, 1]);
    expect(cutTo("狐狐狐狐", 5)).toBe("狐狐…");
    expect(cutTo("squirrel", 8)).toBe("squirrel");
    expect(cutTo("squirrels", 8)).toBe("squirre…");
  });
});
