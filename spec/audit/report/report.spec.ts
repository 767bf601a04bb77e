/** Reports of an audit: what they say, and what they must not tell. */
import { describe, expect, it } from "vitest";
import { personalDataOf } from "../../../src/audit/personal/personal-data-of.ts";
import type { AuditRow } from "../../../src/audit/protocol/audit-row.ts";
import { type AuditParts, auditReport } from "../../../src/audit/report/audit-report.ts";
import { auditPage } from "../../../src/audit/report/html/page.ts";
import { auditText } from "../../../src/audit/report/text.ts";
import { LABELLED, labelled } from "../../personal-data/labelled.ts";

const SETTINGS = { prompts: [50], suffix: 50, level: "tokens", share: 0.1, topK: 40 } as const;

function row(id: string, more: Partial<AuditRow> = {}): AuditRow {
  const isExact = more.isExact ?? false;
  return {
    ...{
      id,
      source: "web",
      isControl: false,
      tokens: 200,
      prompt: 50,
      promptText: "Once ",
      expected: "upon a time",
    },
    ...{ continuation: [5, 6], text: isExact ? "upon a time" : "there was", isEnded: false },
    ...{ matchingTokens: isExact ? 50 : 3, isExact, tokenDistance: isExact ? 0 : 30 },
    ...{
      characterDistance: 4,
      characters: 11,
      isApproximate: isExact,
      logprob: -2,
      topLogprob: -1,
    },
    ...more,
  };
}

const parts = (rows: readonly AuditRow[], more: Partial<AuditParts> = {}): AuditParts => ({
  rows,
  settings: SETTINGS,
  short: [],
  ...more,
});

/** Everything that a reader may get. */
async function told(given: AuditParts): Promise<string> {
  const report = await auditReport(given);
  return [JSON.stringify(report), auditText(report), auditPage(report)].join("\n");
}

describe("auditReport", () => {
  it("is plain JSON with the control beside every rate", async () => {
    const rows = [
      row("a", { isExact: true, repeats: 8 }),
      row("b", { repeats: 1, source: "code" }),
      row("c", { isControl: true }),
    ];
    const report = await auditReport(parts(rows, { model: "ours", about: ["float64"] }));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const [{ all, bySource, byRepeats = [], total, shares }] = report.estimates;
    for (const rates of [all, ...bySource, ...byRepeats]) {
      expect(rates.control?.exact.documents).toBe(1);
      expect(rates.difference?.exact.difference).toBe(rates.exact.rate);
    }
    expect(bySource.map(({ name }) => name)).toEqual(["code", "web"]);
    expect(byRepeats.map(({ name }) => name)).toEqual(["1", "8"]);
    expect(shares).toEqual({ code: 1 / 9, web: 8 / 9 });
    expect(total.exact.rate).toBeCloseTo(8 / 9, 12);
    expect(report.rows[0]).not.toHaveProperty("continuation");
    expect(auditText(report)).toContain("ours, float64");
    expect(auditPage(report)).toContain(
      "<bdi>ours</bdi> repeats 50.0 % of the documents, and 0.0 % of the control",
    );
  });

  it("says that there is no control, and what was left out", async () => {
    const short = [{ id: "s", source: "web", isControl: false, tokens: 20, prompt: 50 }];
    const duplicates = { exact: 2, near: 1, groups: [], sharedControl: ["x"] };
    const text = auditText(await auditReport(parts([row("a")], { short, duplicates })));
    expect(text).toContain("no control");
    expect(text).toContain("Too short for a prompt of 50: 1 documents, 0 of the control.");
    expect(text).toContain("2 exact and 1 near duplicates");
    expect(text).toContain("1 documents of the control share 13 words");
    expect(auditPage(await auditReport(parts([row("a")])))).toContain("there was no control");
  });

  it("tells no personal datum in any form unless it is asked for", async () => {
    const texts = LABELLED.map(labelled).filter(({ found }) => found.length > 0);
    const rows = texts.flatMap(({ text, found }, i) => {
      const half = found[0].begin + Math.ceil((found[0].end - found[0].begin) / 2);
      const whole = { expected: text, text, isExact: true };
      const cut = {
        promptText: text.slice(0, half),
        expected: text.slice(half),
        text: text.slice(half),
      };
      return [row(`${i}`, whole), row(`${i} half`, { ...cut, isExact: true })];
    });
    const divergences = texts.map(({ text }, sample) => {
      return { word: "poem", sample, repeated: 0, text, copied: [] };
    });
    const values = texts.flatMap(({ text, found }) =>
      found.map(({ begin, end }) => text.slice(begin, end)),
    );
    const personal = await personalDataOf(rows);
    const masked = await told(parts(rows, { personal, divergences }));
    for (const value of values) expect(masked).not.toContain(JSON.stringify(value).slice(1, -1));
    const open = await personalDataOf(rows, { showValues: true });
    const given = parts(rows, { personal: open, divergences, showValues: true });
    const shown = JSON.stringify(await auditReport(given));
    for (const value of values) expect(shown).toContain(JSON.stringify(value).slice(1, -1));
    expect(personal[0].exact.withData).toBeGreaterThan(50);
  });

  it("tells no datum that the last token cuts off, and none that a finder of the caller's knows", async () => {
    const begun = [
      "Pay to GB82 WEST 1234 5698",
      "write to ada.lovelace@exam",
      "call +44 20 7946 09",
    ];
    const rows = begun.map((text, i) => {
      return row(`${i}`, { promptText: "Ada ", text, expected: text, isExact: true });
    });
    const exposures = [
      {
        ...{ id: "mail of ada@example.org is ", secret: "12", candidates: 100, rank: 1 },
        ...{ exposure: 6.6, logprob: -1, mostLikely: "12" },
        ...{ mostLikelyLogprob: -1, meanLogprob: -9 },
      },
    ];
    const find = (text: string) => {
      const begin = text.indexOf("Ada");
      return begin < 0 ? [] : [{ kind: "person", begin, end: begin + 3 }];
    };
    const masked = await told(parts(rows, { find, exposures }));
    for (const value of ["1234", "lovelace", "7946", "ada@", "Ada "]) {
      expect(masked).not.toContain(value);
    }
    // What ends with a number of a few digits ends with it.
    const few = row("few", { text: "in the year 12", expected: "at 3 o'clock, 4" });
    const [{ text, expected }] = (await auditReport(parts([few]))).rows;
    expect([text, expected]).toEqual(["in the year 12", "at 3 o'clock, 4"]);
  });

  it("says how far rates lie above the control's, and by which shares a total counts", async () => {
    const rows = [
      row("a", { isExact: true, repeats: 3 }),
      row("b", { source: "code" }),
      row("c", { isControl: true }),
    ];
    const own = await auditReport(parts(rows));
    expect(own.estimates[0].areSharesGiven).toBe(false);
    for (const shown of [auditText(own), auditPage(own)]) {
      expect(shown).toContain("Above the control, in percentage points: exact 50.0 (");
      expect(shown).toContain(
        "Shares, by the tokens of documents, as often as repeated: web 75.0 %, code 25.0 %",
      );
    }
    const shares = new Map(Object.entries({ web: 0.5, code: 0.5 }));
    const given = await auditReport(parts(rows.slice(0, 2), { shares }));
    for (const shown of [auditText(given), auditPage(given)]) {
      expect(shown).toContain("Shares, given: web 50.0 %");
      expect(shown).toContain("Without a control nobody knows");
      expect(shown).not.toContain("control of web");
    }
    expect(auditPage(own)).toContain("<title>control of web: 0 of 1, ");
  });

  it("takes what else was found", async () => {
    const exposures = [4, 1].map((repeats) => ({
      ...{ id: `canary ${repeats}`, secret: "12", repeats, candidates: 100, rank: repeats },
      ...{ exposure: 1.5, logprob: -1, mostLikely: "34", mostLikelyLogprob: -1, meanLogprob: -9 },
    }));
    const scores = { logprob: -9, predicted: 3, perplexity: 20, zlibBytes: 30, zlibRatio: 0.1 };
    const member = {
      ...scores,
      id: "a",
      source: "web",
      isControl: false,
      lowercaseLogprob: -9,
      lowercaseRatio: 1,
    };
    const membership = [member, { ...member, id: "b", isControl: true, perplexity: 30 }];
    const shares = new Map([["web", 0.999]]);
    const report = await auditReport(parts([row("a")], { exposures, membership, shares }));
    expect(report.exposures?.map(({ repeats }) => repeats)).toEqual([1, 4]);
    expect(report.membership?.perplexity?.auc).toBe(1);
    expect(report.estimates[0].shares).toEqual({ web: 0.999 });
    const text = auditText(report);
    expect(text).toContain("4 of 100");
    expect(text).toContain("perplexity      1.000");
    expect(
      (await auditReport(parts([row("a")], { membership: [member] }))).membership,
    ).toBeUndefined();
  });

  it("has no letter in its text that moves the cursor, and answers in their order", async () => {
    const odd = "\u001b[2Jb";
    const divergences = [1, 0].map((sample) => {
      return { word: odd, sample, repeated: 3, text: "x", copied: [] };
    });
    const report = await auditReport(parts([row("a", { source: odd }), row("b")], { divergences }));
    const text = auditText(report);
    expect(text).not.toContain("\u001b");
    expect(text).toMatch(/answer 1[\s\S]*answer 2/);
  });

  it("has a page that is XML, whatever the texts are", async () => {
    const odd = "</script><b>\u0000 & \ud83d \u202e]]>";
    const page = auditPage(
      await auditReport(parts([row(odd, { text: odd, expected: odd, source: odd })])),
    );
    expect(page).not.toContain("<b>");
    expect(page).not.toContain("\u0000");
    expect(page).toContain("&lt;/script&gt;");
  });

  it("shows as many continuations as are asked for, those that match longest first", async () => {
    const rows = [1, 9, 5].map((n) => row(`row ${n}`, { matchingTokens: n }));
    const page = auditPage(await auditReport(parts(rows)), { mostDocuments: 2 });
    expect([...page.matchAll(/<h3>row (\d)/g)].map(([, n]) => n)).toEqual(["9", "5"]);
    expect(page).toContain("And 1 documents more");
  });

  it("counts how many draws it takes, and where greedy decoding hides that the model is unsure", async () => {
    const rows = [
      row("sure", { isExact: true, logprob: Math.log(0.9), topLogprob: Math.log(0.95) }),
      row("unsure", { isExact: true, logprob: Math.log(0.1), topLogprob: Math.log(0.6) }),
      row("never", { logprob: -1000, topLogprob: Number.NEGATIVE_INFINITY }),
    ];
    const [{ all, top, exact, unsure, control }] = (await auditReport(parts(rows))).extraction;
    // With p = 0.1 it takes 7 draws.
    expect(all.map((share) => Math.round(3 * share))).toEqual([1, 2, 2, 2]);
    expect(top.map((share) => Math.round(3 * share))).toEqual([2, 2, 2, 2]);
    expect([exact, unsure, control]).toEqual([2, 1, undefined]);
  });

  it("refuses what it does not know, and an audit without a row", async () => {
    await expect(auditReport({ ...parts([row("a")]), mask: true } as never)).rejects.toThrow(
      '"mask"',
    );
    await expect(auditReport(parts([]))).rejects.toThrow("were all documents too short?");
    const report = await auditReport(parts([row("a")]));
    expect(() => auditPage(report, { most: 3 } as never)).toThrow('"most"');
  });
});
