/** JUnit's XML, read again by a strict reader. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { junitXml } from "../../../src/conformance/report/junit.ts";
import { breaksRun, isRight, STATUSES } from "../../../src/conformance/report/verdict.ts";
import { anyReport, asMarkup, HOSTILE, report, result, tapResult } from "../../support/reports.ts";
import { all, type Element, parseXml, textOf } from "../../support/xml.ts";

const cases = (xml: string) => all(parseXml(xml), "testcase");
const kinds = (element: Element) =>
  element.children.flatMap((child) => (typeof child === "string" ? [] : [child.name]));

describe("JUnit's XML", () => {
  it("has a suite for each tier and a case for each vector", () => {
    const results = [
      result({ id: "t0.rope.first", tier: "T0", seconds: 0.25 }),
      result({ id: "t0.rope.last", tier: "T0", status: "fail", message: "out is off" }),
      result({ seconds: 1 }),
    ];
    const root = parseXml(junitXml(report(results)));
    expect(root.attributes).toEqual({
      ...{ name: "gemma1-conf 2026.11", tests: "3", failures: "1", errors: "0", time: "1.500" },
    });
    const suites = all(root, "testsuite");
    expect(suites.map(({ attributes }) => attributes.name)).toEqual([
      "T0 operators",
      "T1 nano models",
    ]);
    expect(suites[0].attributes).toMatchObject({ tests: "2", failures: "1", skipped: "0" });
    const [first] = all(root, "testcase");
    expect(first.attributes).toEqual({
      classname: "T0.rope",
      name: "t0.rope.first",
      time: "0.250",
    });
    expect(
      all(suites[0], "property").map(({ attributes }) => [attributes.name, attributes.value]),
    ).toEqual([
      ["suite.version", "2026.11"],
      ["suite.digest", report().suite.digest],
      ["testee.name", "my-engine"],
      ["testee.version", "0.4.1"],
      ["accuracy", "float32"],
      ["badge", "gemma1-conf 2026.11 · float32 · ops 1/2 · nano 1/1 · ties 0"],
      ["runtime", "node v20.20.2"],
    ]);
  });

  it("knows four outcomes, and fails where the run does", () => {
    const listed = { at: "known.txt:3", reason: "slow", message: "" };
    const results = STATUSES.flatMap((status) => {
      const own = result({ id: `t1.x.${status}`, status, message: "so", listed });
      return [own, { ...own, beyondGemma1: true }];
    });
    const found = cases(junitXml(report(results)));
    for (const [i, one] of results.entries()) {
      const [outcome] = kinds(found[i]).filter((kind) => kind !== "system-out");
      const expected = breaksRun(one) ? (one.status === "error" ? "error" : "failure") : "skipped";
      expect([one.status, outcome]).toEqual([one.status, isRight(one) ? undefined : expected]);
    }
    const messages = found.flatMap((one) => [...all(one, "skipped"), ...all(one, "failure")]);
    expect(messages.map(({ attributes }) => attributes.message)).toContain("xfail: slow: so");
    expect(messages.map(({ attributes }) => attributes.message)).toContain(
      "beyond Gemma 1: so (known.txt:3 expects it to fail otherwise: )",
    );
  });

  it("lists the outputs that are off", () => {
    const taps = [
      tapResult({ tap: "hook_embed" }),
      tapResult({
        tap: "blocks.0.ln1.hook_out",
        golden: "layers.0.attn_norm",
        over: 4700.4,
        nrmse: 0.47,
      }),
      tapResult({ over: Number.POSITIVE_INFINITY, got: Number.NaN }),
      tapResult({ tap: "x", over: 2, misshapen: "has shape [3], expected [4]" }),
    ];
    const [failure] = all(
      parseXml(junitXml(report([result({ status: "fail", message: "off", taps })]))),
      "failure",
    );
    expect(textOf(failure).split("\n")).toEqual([
      "off",
      "blocks.0.ln1.hook_out (layers.0.attn_norm): 4.7e3 × over its budget, nrmse 0.47, max 2e-7, at [3, 5] 0.5, expected 0.5",
      "logits: ∞ × over its budget, nrmse 1e-7, max 2e-7, at [3, 5] NaN, expected 0.5",
      "x: has shape [3], expected [4]",
    ]);
  });

  it("has the diagnosis where something fails", () => {
    const diagnosis = { isolated: [], named: [], complete: false, text: "It is <rope>." };
    const results = [
      result({ id: "t0.a.b", tier: "T0" }),
      result({ status: "fail", message: "off" }),
    ];
    const suites = all(parseXml(junitXml(report(results, { diagnosis }))), "testsuite");
    const said = suites.map((suite) =>
      suite.children.flatMap((child) =>
        typeof child !== "string" && child.name === "system-out" ? [textOf(child)] : [],
      ),
    );
    expect(said).toEqual([[], ["It is <rope>."]]);
  });

  it("brings foreign texts through, and spells out what XML forbids", () => {
    for (const text of HOSTILE) {
      const results = [result({ id: text, status: "error", message: text, note: text })];
      const xml = junitXml(report(results, { testee: { name: text } }));
      const [one] = cases(xml);
      const spelled = asMarkup(text);
      expect(one.attributes.name).toBe(spelled);
      const [error] = all(one, "error");
      expect(error.attributes.message).toBe(`error: ${spelled || "no reason was given"}`);
      expect(textOf(error)).toBe(`error: ${spelled || "no reason was given"}`);
    }
  });

  it("is well-formed for any report, and counts what it holds (fuzz)", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const root = parseXml(junitXml(any));
        expect(all(root, "testcase")).toHaveLength(any.results.length);
        const count = (name: string) => String(all(root, name).length);
        expect(root.attributes.failures).toBe(count("failure"));
        expect(root.attributes.errors).toBe(count("error"));
        const failing = all(root, "failure").length + all(root, "error").length;
        expect(failing).toBe(any.results.filter(breaksRun).length);
      }),
    );
  });
});
