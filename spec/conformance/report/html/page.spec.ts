/** The page, read as the XML that it is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { htmlPage } from "../../../../src/conformance/report/html/page.ts";
import { SCRIPT, SCRIPT_HASH } from "../../../../src/conformance/report/html/script.ts";
import { STYLE } from "../../../../src/conformance/report/html/style.ts";
import type { Diagnosis, Result } from "../../../../src/conformance/run/result.ts";
import {
  anyReport,
  asMarkup,
  HOSTILE,
  report,
  result,
  tapResult,
} from "../../../support/reports.ts";
import { all, type Element, parseXml, textOf } from "../../../support/xml.ts";

const Q = "blocks.0.attn.hook_rot_q";
const off = tapResult({ tap: Q, golden: "layers.0.q", over: 470, nrmse: 0.47, max: 1.2, got: 3 });
const RESULTS: readonly Result[] = [
  result({ id: "t0.rope.first", tier: "T0", taps: [tapResult({ tap: "out", over: 0.2 })] }),
  result({
    id: "t0.rope.last",
    tier: "T0",
    status: "fail",
    message: "out is off",
    taps: [
      tapResult({ tap: "scores", over: 0.3 }),
      tapResult({ tap: "out", over: 5e5 }),
      tapResult({ tap: "pattern", over: 3 }),
    ],
  }),
  result({
    id: "t0.rope.mid",
    tier: "T0",
    status: "xfail",
    message: "out is off",
    listed: { at: "known.txt:3", reason: "slow", message: "" },
    taps: [tapResult({ tap: "out", over: 5e5 })],
  }),
  result({ id: "t0.logits.tie", tier: "T0", status: "tie", message: "3 in the place of 8" }),
  result({ id: "t0.add.plain", tier: "T0", status: "unsupported", message: "no add" }),
  result({
    status: "fail",
    message: "q is off",
    taps: [
      tapResult({ tap: "hook_embed", over: 0.005 }),
      off,
      tapResult({ over: Number.POSITIVE_INFINITY, got: Number.NaN }),
    ],
  }),
  result({ id: "t1.mqa.long", taps: [tapResult({ over: 0.5 })] }),
  result({ id: "t1.gqa.taps", beyondGemma1: true, status: "error", message: "crashed" }),
  result({ id: "t4.2b.chat", tier: "T4", status: "skip", message: "no weights" }),
];
const DIAGNOSIS: Diagnosis = {
  first: { id: "t1.mqa.taps", tap: Q },
  isolated: [
    { id: "t0.rope.last", tap: "out", over: 5e5 },
    { id: "t1.mqa.taps", tap: Q, over: 470 },
  ],
  named: [
    {
      ids: ["rope-interleaved", "rope-twin"],
      mistake: "RoPE pairs neighbours.",
      fix: "Pair the halves.",
      over: 0.5,
      taps: ["t0.rope.last/out", `t1.mqa.taps/${Q}`],
    },
  ],
  complete: true,
  text: "This is rope-interleaved.",
};

const classOf = ({ attributes }: Element) => attributes.class ?? "";
const withClass = (root: Element, element: string, name: string) =>
  all(root, element).filter((found) => classOf(found).split(" ").includes(name));
const section = (root: Element, id: string) =>
  all(root, "section").find(({ attributes }) => attributes.id === id) as Element;
const root = parseXml(htmlPage(report(RESULTS, { diagnosis: DIAGNOSIS })));

describe("the page", () => {
  it("begins with the verdict and the badge", () => {
    const [header] = all(root, "header");
    expect(classOf(header)).toBe("bad");
    expect(textOf(all(header, "h1")[0])).toBe("my-engine ✗ failed 0.4.1");
    expect(all(header, "li").map(textOf)).toEqual([
      ...["gemma1-conf 2026.11", "float32", "ops 2/5", "nano 1/2", "ties 1"],
    ]);
    const verdict = (results: readonly Result[]) =>
      textOf(withClass(parseXml(htmlPage(report(results))), "span", "verdict")[0]);
    expect(verdict([result()])).toBe("✓ passed");
    expect(verdict([result({ status: "skip" })])).toBe("○ nothing was tested");
  });

  it("counts each tier, and shapes beyond Gemma 1 by themselves", () => {
    const rows = all(section(root, "counts"), "tr").map((row) =>
      [...all(row, "th"), ...all(row, "td")].map(textOf),
    );
    expect(rows).toEqual([
      ["✓ pass", "≈ tie", "✗ fail", "! error", "x xfail", "– unsupported", "○ skip", ""],
      ["T0 operators", "1", "1", "1", "", "1", "1", ""],
      ["T1 nano models", "1", "", "1", "", "", "", ""],
      ["T1 nano models, beyond Gemma 1", "", "", "", "1", "", "", ""],
      ["T4 real weights", "", "", "", "", "", "", "1"],
    ]);
  });

  it("says mistake, fix and place of a bug that has a name", () => {
    const diagnosis = section(root, "diagnosis");
    expect(all(diagnosis, "h3").map(textOf)).toEqual(["rope-interleaved"]);
    const said = all(diagnosis, "dd").map(textOf);
    expect(said.slice(0, 3)).toEqual([
      "RoPE pairs neighbours.",
      "Pair the halves.",
      `t0.rope.last/out,\nt1.mqa.taps/${Q}`,
    ]);
    expect(textOf(diagnosis)).toContain("No vector that was run tells it from rope-twin.");
    expect(textOf(diagnosis)).toContain(`First output that is off: ${Q} of t1.mqa.taps.`);
    expect(textOf(diagnosis)).toContain("This is rope-interleaved.");
    expect(textOf(diagnosis)).not.toContain("Wrong by itself");
  });

  it("names no bug where none is near, and says where to look", () => {
    const { first, isolated } = DIAGNOSIS;
    const unknown = { first, isolated, named: [], complete: false, text: "None." };
    const nearest = { ...unknown, nearest: { id: "rope-none", over: 12 } };
    const said = (diagnosis: Diagnosis) =>
      textOf(section(parseXml(htmlPage(report(RESULTS, { diagnosis }))), "diagnosis"));
    expect(said(unknown)).toContain("None of the known bugs explains this");
    expect(said(unknown)).toContain(`${Q} of t1.mqa.taps, 470 × its budget`);
    expect(said(nearest)).toContain(
      "The nearest is rope-none, 12 × the budget away: it is not that.",
    );
    const partly = said({
      ...DIAGNOSIS,
      complete: false,
      isolated: [...isolated, { id: "t1.x", tap: "y", over: 2 }],
    });
    expect(partly).toContain("That is a part of it");
    expect(partly).toContain("y of t1.x, 2 × its budget");
    expect(partly).not.toContain(`${Q} of t1.mqa.taps, 470`);
    expect(said(DIAGNOSIS)).not.toContain("That is a part of it");
    expect(said(unknown)).not.toContain("That is a part of it");
  });

  it("maps outputs against vectors", () => {
    const [map] = withClass(section(root, "T1"), "table", "map");
    const rows = all(map, "tbody").flatMap((body) => all(body, "tr"));
    expect(rows.map((row) => textOf(all(row, "th")[0]))).toEqual([
      "hook_embed",
      "block 0",
      "attn.hook_rot_qq",
      "logits",
    ]);
    const cells = rows.map((row) => all(row, "td").map((cell) => [classOf(cell), textOf(cell)]));
    expect(cells).toEqual([
      [
        ["s0 gap", ""],
        ["none", ""],
        ["none gap", ""],
      ],
      [["", ""]],
      [
        ["s5 gap own first", "3"],
        ["none", ""],
        ["none gap", ""],
      ],
      [
        ["s8 gap", "!"],
        ["s2", ""],
        ["none gap", ""],
      ],
    ]);
    const [cell] = withClass(map, "td", "first");
    expect(cell.attributes.title.split("\n")).toEqual([
      `t1.mqa.taps · ${Q}`,
      "470 × the budget",
      "nrmse 0.47, max 1.2",
      "at [3, 5]: got 3, expected 0.5",
    ]);
    expect(withClass(map, "th", "model").map(textOf)).toEqual(["mqa", "gqa†"]);
    expect(withClass(map, "th", "vector").map(textOf)).toEqual(["taps", "long", "taps"]);
    const [status] = withClass(map, "tr", "status");
    expect(all(status, "td").map(textOf)).toEqual(["", "✗", "✓", "!"]);
    expect(all(status, "td")[3].attributes.title).toBe(
      "t1.gqa.taps: error\nbeyond Gemma 1: crashed",
    );
  });

  it("explains colours, numbers and the frames that are there", () => {
    const said = (page: Element) => withClass(page, "p", "legend").map(textOf).join(" ");
    expect(said(root)).toContain("Error over budget");
    expect(said(root)).toContain("first output that is off");
    expect(said(root)).toContain("wrong by itself");
    expect(said(root)).toContain("† a shape that Gemma 1 does not have");
    const elsewhere = { ...DIAGNOSIS, first: { id: "t0.rope.last", tap: "out" }, isolated: [] };
    const other = said(parseXml(htmlPage(report(RESULTS, { diagnosis: elsewhere }))));
    expect(other).not.toContain("first output that is off");
    expect(other).not.toContain("wrong by itself");
    expect(said(parseXml(htmlPage(report([result({ taps: [off] })]))))).not.toContain("†");
  });

  it("has a chip for each vector of the other tiers", () => {
    const found = withClass(root, "span", "chip");
    expect(found.map((chip) => [textOf(chip), classOf(chip)])).toEqual([
      ["first✓", "chip s2"],
      ["last6", "chip s6 own"],
      ["midx", "chip quiet"],
      ["tie≈", "chip good"],
      ["plain–", "chip quiet"],
      ["chat○", "chip quiet"],
    ]);
    expect(found[1].attributes.title).toContain(
      "t0.rope.last: fail\nEleven tokens.\nout is off\nout:\n5.0e5 × the budget",
    );
  });

  it("lists failures, and everything else with its reason", () => {
    const rows = (id: string) =>
      all(all(section(root, id), "tbody")[0], "tr").map((row) => all(row, "td").map(textOf));
    expect(rows("failures")).toEqual([
      ["✗ fail t0.rope.last", "out is off 2 of 3 outputs are off", "Eleven tokens."],
      ["✗ fail t1.mqa.taps", "q is off 2 of 3 outputs are off", "Eleven tokens."],
      ["! error t1.gqa.taps", "beyond Gemma 1: crashed ", "Eleven tokens."],
    ]);
    expect(rows("others")).toEqual([
      ["x xfail 1", "slow: out is off", "t0.rope.mid"],
      ["≈ tie 1", "3 in the place of 8", "t0.logits.tie"],
      ["– unsupported 1", "no add", "t0.add.plain"],
      ["○ skip 1", "no weights", "t4.2b.chat"],
    ]);
    const good = parseXml(htmlPage(report([result()])));
    expect(all(good, "section").map(({ attributes }) => attributes.id)).toEqual([
      ...["counts", "T1", "environment"],
    ]);
  });

  it("names suite, testee and machine", () => {
    const facts = section(root, "environment");
    const names = all(facts, "dt").map(textOf);
    const values = all(facts, "dd").map(textOf);
    expect(Object.fromEntries(names.map((name, i) => [name, values[i]]))).toEqual({
      testee: "my-engine",
      version: "0.4.1",
      "accuracy class": "float32",
      suite: "2026.11",
      "suite digest": report().suite.digest,
      tiers: "T0 T1",
      vectors: "9, in 1.5 s",
      runtime: "node v20.20.2",
    });
  });
});

describe("the page by itself", () => {
  it("asks for nothing from anywhere", () => {
    const page = htmlPage(report(RESULTS, { diagnosis: DIAGNOSIS }));
    const loads = page.match(
      /\b(?:src|href|action|srcset|poster|data)="|url\(|@import|\bimport\(|fetch\(/g,
    );
    expect(loads).toBeNull();
    const policy = all(root, "meta").find(({ attributes }) => attributes["http-equiv"]);
    expect(policy?.attributes.content).toMatch(/^default-src 'none'; /);
  });

  it("lets no script run but its own", async () => {
    const bytes = new TextEncoder().encode(SCRIPT);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    expect(SCRIPT_HASH).toBe(`sha256-${btoa(String.fromCharCode(...hash))}`);
    expect(all(root, "script").map(textOf)).toEqual([SCRIPT]);
    const policy = all(root, "meta").find(({ attributes }) => attributes["http-equiv"]);
    expect(policy?.attributes.content).toContain(`script-src '${SCRIPT_HASH}'`);
    expect(SCRIPT + STYLE).not.toMatch(/[<&]/);
  });

  it("shows foreign texts as they are, wherever they stand", () => {
    for (const text of HOSTILE) {
      const hostile = result({
        id: text,
        note: text,
        status: "fail",
        message: text,
        taps: [tapResult({ tap: text, golden: text, over: 3 })],
      });
      const named = [{ ids: [text], mistake: text, fix: text, over: 1, taps: [text] }];
      const diagnosis = {
        first: { id: text, tap: text },
        isolated: [{ id: text, tap: text, over: 2 }],
        named,
        complete: false,
        text,
      };
      const page = htmlPage(
        report([hostile, { ...hostile, tier: "T0" }], {
          testee: { name: text, version: text, device: text },
          suite: { version: text, digest: text },
          environment: { [text]: text },
          diagnosis,
        }),
      );
      const found = parseXml(page);
      expect(all(found, "script").map(textOf)).toEqual([SCRIPT]);
      expect(all(found, "style").map(textOf)).toEqual([STYLE]);
      const spelled = asMarkup(text);
      expect(textOf(all(found, "bdi")[0])).toBe(spelled);
      expect(all(found, "summary")).toHaveLength(1);
    }
  });

  it("is well-formed for any report (fuzz)", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const found = parseXml(htmlPage(any));
        const shown =
          withClass(found, "span", "chip").length + withClass(found, "th", "vector").length;
        expect(shown).toBe(any.results.length);
        expect(all(found, "script").map(textOf)).toEqual([SCRIPT]);
      }),
    );
  });

  it("stays of a size that browsers open, for 60 vectors of 100 outputs and for 10,000 failures", () => {
    const taps = Array.from({ length: 100 }, (_, i) =>
      tapResult({ tap: `blocks.${Math.floor(i / 20)}.attn.hook_${i % 20}`, over: 2 ** (i - 50) }),
    );
    const wide = Array.from({ length: 60 }, (_, i) => result({ id: `t1.m.${i}`, taps }));
    const page = htmlPage(report(wide));
    expect(page.length).toBeLessThan(2e6);
    expect(page).toContain('<div class="scroll tall"');
    const many = Array.from({ length: 10_000 }, (_, i) =>
      result({ id: `t0.x.${i}`, tier: "T0", status: "fail", message: "off" }),
    );
    expect(htmlPage(report(many)).length).toBeLessThan(5e6);
  });
});
