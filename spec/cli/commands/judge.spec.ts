import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { readJson } from "../../support/goldens.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("judge");
const file = (name: string, lines: readonly unknown[]) => {
  const path = join(folder, name);
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  writeFileSync(path, `${texts.join("\n")}\n`);
  return path;
};

interface BothOrders {
  both_orders: { pairs: [string, string][]; win: number; wilson: [number, number] };
}
const { both_orders: golden } = readJson<BothOrders>("evaluation/judge.json");
const verdicts = file(
  "verdicts.jsonl",
  golden.pairs.map((winners) => ({ winners, models: ["gemma-7b-it", "other-7b"] })),
);

describe("judge --verdicts", () => {
  it("says the win rate, its interval, and what the judge is like", async () => {
    const { code, out, err } = await cli(["judge", "--verdicts", verdicts]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(`gemma-7b-it against other-7b, 116 pairs. 4 without a verdict are left out.

win   48  41.4 %
tie   41  35.3 %
loss  27  23.3 %

Win rate 59.1 % (win + tie/2), 50.0 % to 67.6 % (wilson, 95 %)

The judge (consistent)
  It is consistent: the same winner in both orders in 75 of 97 pairs that were decided twice.
  same in both orders  78.4 %  116 pairs
  for the first shown  52.8 %  p = 0.2863, flips 14 to the first, 8 to the second
`);
  });

  it("--json has the figures, with the interval that is asked for", async () => {
    const { out } = await cli(["judge", "--verdicts", verdicts, "--json"]);
    const { preference, judge, models } = JSON.parse(out);
    expect(models).toEqual(["gemma-7b-it", "other-7b"]);
    expect(preference.win).toBe(golden.win);
    expect(preference.interval[0]).toBeCloseTo(golden.wilson[0], 12);
    expect(judge.position.flipsToFirst).toBe(14);
    const options = ["--interval", "normal", "--level", "0.5"];
    const other = await cli(["judge", "--verdicts", verdicts, "--json", ...options]);
    expect(JSON.parse(other.out).preference).toMatchObject({ kind: "normal", level: 0.5 });
  });

  it("sees that two models change sides, and ranks more than two", async () => {
    const sides = file("sides.jsonl", [
      { winner: "model_1", models: ["a", "b"] },
      { winner: "model_2", models: ["b", "a"] },
    ]);
    expect((await cli(["judge", "--verdicts", sides])).out).toContain("Win rate 100.0 %");
    const three = ["ab", "bc", "ca", "ab"].map(([one, two]) => {
      return { winner: "model_1", models: [one, two] };
    });
    const { out } = await cli(["judge", "--verdicts", file("three.jsonl", three)]);
    expect(out).toMatch(/^4 matches of 3 models/);
    expect(out).toMatch(/^a +0\.\d{3} +10\d\d$/m);
    const unranked = file("unranked.jsonl", three.slice(0, 2));
    expect((await cli(["judge", "--verdicts", unranked])).out).toContain(
      "No ranking: expected a win and a loss, or a tie, of every model, got only wins of a; --prior-ties 0.5",
    );
    const prior = await cli(["judge", "--verdicts", unranked, "--prior-ties", "0.5"]);
    expect(prior.out).toMatch(/^2 matches of 3 models/);
  });

  it("says that no pair has a verdict", async () => {
    const none = file("none.jsonl", [{ winners: ["error", "error"] }]);
    const { code, out } = await cli(["judge", "--verdicts", none]);
    expect(code).toBe(0);
    expect(out).toMatch(/^No pair has a verdict\. 1 without/);
    expect(out).toContain("It never gives a verdict that can be read: 1 of 1 pairs are left out.");
  });
});

describe("judge --pairs", () => {
  const pairs = file("pairs.jsonl", [
    { id: "sing", question: "Who sings?", answers: ["Sam.", "Mira."], better: "model_1" },
    { question: "Why?", answers: ["Joy.", "Fear."], reference: "Joy." },
  ]);

  it("judges with a model, keeps what was said, and goes on from it", async () => {
    const out = join(folder, "judged");
    // The bundled model tells stories, and its context is short.
    const one = file("one.jsonl", [{ id: "sing", question: "Who?", answers: ["Sam.", "Mira."] }]);
    const argv = ["judge", "--pairs", one, "--max-tokens", "2", "--out", out, "--json"];
    const brief = ["--criterion", "true", "--parse", "likelihood"];
    const first = await cli([...argv, ...brief]);
    expect([first.code, first.err]).toEqual([0, ""]);
    const lines = readFileSync(join(out, "verdicts.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).pair)).toEqual(["sing", "sing"]);
    const answers = readFileSync(join(out, "answers.jsonl"), "utf8");
    const second = await cli([...argv, ...brief]);
    expect(second.out).toBe(first.out);
    expect(readFileSync(join(out, "answers.jsonl"), "utf8")).toBe(answers);
    const again = await cli(["judge", "--verdicts", join(out, "verdicts.jsonl"), "--json"]);
    expect(again.out).toBe(first.out);
  });

  it("takes orders, a rubric and principles from files, and shows how far it is", async () => {
    const rubric = file("rubric.txt", ["Short is good."]);
    const constitution = file("constitution.txt", ["It is kind.", "", "It is true."]);
    const argv = ["judge", "--pairs", pairs, "--orders", "shuffled", "--max-tokens", "2"];
    const files = ["--rubric", rubric, "--rules", constitution];
    const { code, out, err } = await cli([...argv, ...files, "--json"], { terminal: true });
    expect(code).toBe(0);
    expect(JSON.parse(out).judge.position.both).toBe(0);
    expect(err).toContain("Judged 1 of 2");
    expect((await cli([...argv, "--rubric", join(folder, "nowhere")])).err).toContain("nowhere");
  });

  it.each<[string, unknown, string]>([
    ["no JSON", "hello", "broken.jsonl, line 2 expected a JSON object, got hello"],
    ["a list", "[1]", "line 2 expected a JSON object"],
    ["no answers", { question: "Who?" }, "line 2 expected two answers as answers, got nothing"],
    ["a field", { question: "q", answers: ["a", "b"], answer: 1 }, "an unknown name"],
  ])("names the line with %s", async (_, line, message) => {
    const broken = file("broken.jsonl", [{ question: "q", answers: ["a", "b"] }, line]);
    const { code, err } = await cli(["judge", "--pairs", broken]);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it("refuses what cannot be meant, before a model is loaded", async () => {
    const refused = async (...argv: string[]) => {
      const { code, err } = await cli(["judge", ...argv]);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused()).toContain("--verdicts FILE, got neither");
    expect(await refused("--pairs", pairs, "--verdicts", verdicts)).toContain("got both");
    expect(await refused(pairs)).toContain("--pairs FILE");
    expect(await refused("--pairs", pairs, "--orders", "one")).toContain("--orders expects both");
    expect(await refused("--verdicts", verdicts, "--level", "95")).toContain("--level");
    expect(await refused("--verdicts", verdicts, "--interval", "wald")).toContain("--interval");
    const empty = await cli(["judge", "--verdicts", file("empty.jsonl", [])]);
    expect(empty.err).toContain("got an empty file");
    const wrong = file("wrong.jsonl", [{ pair: "1", shownFirst: "A", winner: "model_1" }]);
    expect((await cli(["judge", "--verdicts", wrong])).err).toContain("line 1");
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});
