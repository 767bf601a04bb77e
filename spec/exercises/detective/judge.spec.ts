/** Three engines with a bug each: that they can be told apart, and what is said to whoever names them. */
import { describe, expect, it } from "vitest";
import { findingsText } from "../../../src/cli/exercise/detective-text.ts";
import { DETECTIVE, openCase, type Suspect } from "../../../src/exercises/detective/case.ts";
import {
  type Detective,
  type Finding,
  judge,
  WRONG,
} from "../../../src/exercises/detective/judge.ts";
import type { Trace, TraceOptions } from "../../../src/exercises/detective/trace.ts";
import { distance } from "../../../src/exercises/distance.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import { template, templatePath } from "../../support/exercises.ts";
import { readFile } from "../../support/files.ts";
import { fixture } from "../../support/paths.ts";

const opened = await openCase(fixture("."));
const [A, B, C] = opened.suspects;
const SUSPECTS = opened.suspects.map((one) => [one.name, one] as const);
const K_ROPE = "blocks.0.attn.hook_rot_k";

const detectiveIn = async (kind: "stub" | "solution") =>
  ((await import(templatePath("detective", kind))) as { detective: Detective }).detective;

const plain = (_: string, text: string) => text;
const textOf = (...findings: Finding[]) => findingsText(DETECTIVE, findings, "Next: play", plain);

/** What is said to an answer. */
const said = (suspect: Suspect, answer: unknown) => judge(opened, suspect, () => answer);

describe.each(SUSPECTS)("engine %s", (name, suspect) => {
  const trace = (fed: TraceOptions = suspect.fed): Trace =>
    opened.engine(name, suspect.mutant).trace(opened.ids, fed);
  const right = opened.gemma.trace(opened.ids, suspect.fed);

  it("leaves Gemma at its taps first, far beyond rounding", () => {
    const found = trace();
    const wrong = Object.keys(right).filter((tap) => distance(found[tap], right[tap]) > WRONG);
    expect(wrong.slice(0, suspect.taps.length)).toEqual(suspect.taps);
    for (const tap of suspect.taps) {
      // Whatever limit a learner takes around it will do.
      expect(distance(found[tap], right[tap])).toBeGreaterThan(4 * WRONG);
    }
  });

  it("goes on with she, in one pass", () => {
    const tokenizer = Tokenizer.fromBytes(readFile("fixtures/tiny-stories-it/tokenizer.model"));
    const [last] = trace({}).logits.slice(-1);
    expect(tokenizer.piece(last.indexOf(Math.max(...last)))).toBe("▁she");
  });

  it("is none of the others that it could be, by far more than rounding", () => {
    const own = trace();
    for (const other of suspect.lineUp.filter((one) => one !== suspect.mutant)) {
      const found = opened.engine(other.id, other).trace(opened.ids, suspect.fed);
      const far = Object.keys(own).map((tap) => distance(found[tap], own[tap]));
      expect(Math.max(...far)).toBeGreaterThan(100 * WRONG);
    }
  });
});

describe("the case", () => {
  it("has a right engine, whose float32 is far from wrong, and a pass that shows nothing", () => {
    const { ids, gemma, engine } = opened;
    const truth = gemma.trace(ids);
    const float32 = engine("right", { ...A.mutant, parts: {} }).trace(ids, { maxRows: 7 });
    const ofC = engine("C", C.mutant).trace(ids);
    for (const [tap, rows] of Object.entries(truth)) {
      expect(rows).toHaveLength(12);
      expect(distance(float32[tap], rows)).toBeLessThan(WRONG / 4);
      expect(distance(ofC[tap], rows)).toBeLessThan(WRONG / 4);
    }
    expect(gemma.trace(ids, { maxRows: 5 })).toEqual(truth);
  });

  it("is solved by its solution", async () => {
    const detective = await detectiveIn("solution");
    const findings = opened.suspects.map((one) => judge(opened, one, detective));
    expect(findings.map(({ mistake }) => mistake?.id)).toEqual([
      ...["rope-theta-1e6", "gelu-erf", "cache-chunk-restarts-position"],
    ]);
    expect(textOf(...findings)).toContain("✓ detective  3 of 3 engines are named");
  });

  it("has a stub that is still to be written, with the text of the solution, and three hints", async () => {
    expect(judge(opened, A, await detectiveIn("stub"))).toMatchObject({ isUnwritten: true });
    const comment = (kind: "stub" | "solution") =>
      template("detective", kind).match(/\/\*\*.*?\*\/\nexport function .*?\{\n/s)?.[0];
    expect(comment("stub")).toBe(comment("solution"));
    expect(DETECTIVE.hints.filter((hint) => hint.length > 15)).toHaveLength(3);
  });
});

describe("what is said", () => {
  it.each<[string, Suspect, unknown, string]>([
    ["nothing", A, undefined, "Its numbers leave Gemma's somewhere: at which tap first?"],
    ["null", A, null, "Its numbers leave Gemma's somewhere: at which tap first?"],
    ["nothing of an engine that is right in one pass", C, {}, "Is it Gemma, then?"],
    ["a text", A, "k_rope", 'Expected { tap, mistake }, got "k_rope".'],
    ["a function", A, Math.max, "Expected { tap, mistake }, got function."],
    ["a Promise", A, Promise.resolve(), "leave out async"],
    ["a tap that there is not", A, { tap: "rope" }, 'trace gives no tap "rope"'],
    ["a tap that is derived", A, { tap: "blocks.0.attn.hook_pattern" }, "trace gives no tap"],
    ["a tap that is no text", A, { tap: 3 }, "trace gives no tap 3"],
    ["rounding", A, { tap: "hook_embed" }, "is not wrong at hook_embed: there it is within 4.1e-8"],
    ["a later tap", B, { tap: "logits" }, "is wrong at logits, but not there first"],
    ["the same tap of a later block", B, { tap: "blocks.1.mlp.hook_post" }, "not there first"],
    ["a tap", B, { tap: "layers.0.geglu" }, "the tap is right. What it is made of is right, too"],
    ["almost its name", A, { tap: K_ROPE, mistake: "rope-theta" }, "Did you mean rope-theta-1e6?"],
    ["no name", A, { tap: K_ROPE, mistake: 7 }, "no mistake is called 7. It is one of these:"],
  ])("of %s", (_, suspect, answer, sentence) => {
    const finding = said(suspect, answer);
    expect(finding.why.join(" ")).toContain(sentence);
    expect(finding.mistake).toBe(undefined);
    const lines = textOf(finding).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    // What is said does not solve it: the mistake is among others, and the tap is the learner's own.
    expect(finding.lineUp?.length ?? 9).toBeGreaterThan(5);
    if (!finding.tap)
      expect(lines.join(" ")).not.toMatch(/hook_rot|hook_post is|rope-|gelu-|cache-/);
  });

  it("is an error that the function throws", () => {
    const thrown = judge(opened, A, ({ trace }, _, ids) => trace(ids, { maxRows: 0 }));
    expect(thrown.why).toEqual([
      'detective throws, with engine A: ArgumentError: trace: "maxRows" expected a positive integer, got 0',
    ]);
  });

  it("shows the numbers of the tap, and the mistakes that it can be", () => {
    const text = textOf(said(A, { tap: K_ROPE }), said(B, undefined), said(C, undefined));
    expect(text).toContain(
      "✗ detective  0 of 3 engines are named\n  ✗ A  blocks.0.attn.hook_rot_k",
    );
    expect(text).toMatch(
      /blocks\.0\.attn\.hook_rot_k, row 1, around \[1\]\n {4}Gemma {2}\[.*\n {4}A {6}\[/,
    );
    expect(text).toContain("  rope-none                      Nothing is rotated.\n");
  });

  it("shows what a wrong mistake would give", () => {
    const { numbers, why, mistake } = said(A, { tap: K_ROPE, mistake: "rope-none" });
    expect(why).toHaveLength(1);
    expect(why[0]).toContain("With rope-none the numbers would be these:");
    expect([numbers!.rows.map(([engine]) => engine), mistake]).toEqual([
      ["rope-none", "A"],
      undefined,
    ]);
    const { ids, gemma } = opened;
    const plainKeys = gemma.trace(ids)["blocks.0.attn.hook_q"][numbers!.row];
    expect(numbers!.tap).toBe("blocks.0.attn.hook_rot_q");
    expect(distance(numbers!.rows[0][1], plainKeys)).toBeLessThan(WRONG);
  });
});
