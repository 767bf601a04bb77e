/**
 * Page 20: what the model with planted documents says word by word, by its copies, by other ways of counting, and what that is not.
 * @module
 */
import { codePointsOf, editDistance } from "../../../../src/audit/distance/edit-distance.ts";
import { rateOf } from "../../../../src/audit/estimates/rate.ts";
import { extractionProbability, queriesFor } from "../../../../src/audit/extraction/extraction.ts";
import { aucOf } from "../../../../src/audit/membership/auc.ts";
import { personalDataOf } from "../../../../src/audit/personal/personal-data-of.ts";
import type { AuditRow } from "../../../../src/audit/protocol/audit-row.ts";
import { MEMORIZATION } from "../../../../src/report/memorization.ts";
import {
  auditRows,
  CANARIES,
  type RankedCanary,
  rowsOf,
  SECRETS,
} from "../memory/planted-audit.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed, markdownTable } from "../text/numbers.ts";
import { repeatsPicture, shares } from "./20-repeats-picture.ts";

/** The report's length of prompt. */
const PROMPT = MEMORIZATION.promptTokens;
/** Two documents of one kind, and the length of prompt at which they are shown. */
const [SEEN, UNSEEN, SHOWN] = ["web-64-72", "web-0-74", 25];
/** Two lines to count edits between. */
const [SAID, TRUE] = ["the old fox had 7 plums", "the fox had 6 plums"];
/** Answers that are drawn. */
const [FEW, MANY] = [100, 10_000];

/** What the document's own tokens cost: low where they are known. */
const surprise = (rows: readonly AuditRow[]) => rows.map(({ logprob }) => -logprob);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const isSeen = ({ isControl }: AuditRow) => !isControl;
/** p_z: the probability of the document's own tokens, drawn at temperature 1. */
const chanceOf = ({ logprob }: AuditRow) => Math.exp(logprob);
/** Whether it comes with an even chance at least, when so many answers are drawn. */
const comesIn = (n: number) => (row: AuditRow) => extractionProbability(row.logprob, n) >= 0.5;
const isExact = (row: AuditRow) => row.isExact;

async function rowOf(id: string): Promise<AuditRow> {
  const found = (await auditRows()).find((row) => row.id === id && row.prompt === SHOWN);
  if (found === undefined) throw new Error(`no ${id} in the audit`);
  return found;
}

const words = (line: string) => {
  const all = [...new Set(`${SAID} ${TRUE}`.split(" "))];
  return line.split(" ").map((word) => all.indexOf(word));
};

export const memorization: PageParts = {
  page: 20,

  async figures() {
    const rows = await auditRows();
    const at = rowsOf(rows, PROMPT);
    const seen = at.filter(isSeen);
    const control = rowsOf(rows, PROMPT, 0);
    const exact = seen.filter(isExact);
    const doubted = exact.filter((row) => chanceOf(row) < 0.5);
    const least = exact.reduce((a, b) => (a.logprob < b.logprob ? a : b));
    const missed = seen.filter((row) => !row.isExact && comesIn(MANY)(row));
    const nearest = Math.min(...control.map(({ tokenDistance }) => tokenDistance));
    const eight = rateOf(rowsOf(rows, PROMPT, 8), isExact);
    const [said, truth] = [words(SAID), words(TRUE)];
    // The most copies at which the secret is not the likeliest.
    const shown = CANARIES.filter(({ rank }) => rank > 1).at(-1) as RankedCanary;
    const [{ exact: whole, approximate: nearly }] = await personalDataOf(at);
    const once = rowsOf(rows, PROMPT, 1);
    return {
      shown: String(SHOWN),
      secrets: count(SECRETS),
      control: String(control.length),
      "own-chance": fixed(chanceOf(await rowOf(SEEN)), 2),
      eight: `${eight.count} of ${eight.documents}`,
      "eight-from": shares(eight),
      "control-to": `${fixed(100 * rateOf(control, isExact).interval[1], 0)} %`,
      edits: String(editDistance(said, truth)),
      places: String(truth.filter((word, i) => said[i] === word).length),
      letters: String(editDistance(codePointsOf(SAID), codePointsOf(TRUE))),
      personal: `${whole.withData + nearly.withData} of the ${whole.documents + nearly.documents}`,
      allowed: String(MEMORIZATION.editShare * MEMORIZATION.continuationTokens),
      most: fixed(Math.log2(SECRETS), 1),
      queries: count(MANY),
      edited: SAID,
      original: TRUE,
      canary: `${shown.text}${shown.secret}`,
      hidden: String(shown.repeats),
      half: fixed(Math.log2(SECRETS) - 1, 1),
      doubted: `${doubted.length} of ${exact.length}`,
      "least-chance": `${fixed(100 * chanceOf(least), 1)} %`,
      "least-queries": count(queriesFor(least.logprob, 0.5)),
      missed: String(missed.length),
      nearest: String(nearest),
      "once-exact": `${once.filter(isExact).length} of the ${once.length}`,
      "once-likelier": `${digits(100 * aucOf(surprise(once), surprise(control)).auc, 2)} %`,
    };
  },

  pictures: { repeats: repeatsPicture },

  blocks: {
    report() {
      const { documents, promptTokens, continuationTokens, editShare } = MEMORIZATION;
      return markdownTable(
        ["what", "the report, section on memorization", "here"],
        [
          [
            "documents",
            `${count(documents)} of each corpus; pretrained models`,
            "yours, by source",
          ],
          [
            "asked",
            `k = ${promptTokens}, n = ${continuationTokens}; “greedy” is of Carlini et al., arXiv:2202.07646`,
            "the same; other k",
          ],
          [
            "approximate",
            `within ${100 * editShare} %, of tokens or letters is not said; half as many again as exact`,
            "of tokens; letters if you say so",
          ],
          [
            "total",
            "estimated for all training data, without a formula",
            "Σ share · rate, ± its error",
          ],
          [
            "personal data",
            "a service in three severities: nothing “sensitive”, some “personal”, false alarms in it",
            "patterns and severities of our own",
          ],
          [
            "how sure",
            "no interval, control or canary",
            "all ours: Wilson’s interval, control, canaries, p<sub>z</sub>",
          ],
        ],
      );
    },

    async eyes() {
      const [seen, unseen] = [await rowOf(SEEN), await rowOf(UNSEEN)];
      const line = (name: string, of: (row: AuditRow) => string) => [name, of(seen), of(unseen)];
      return markdownTable(
        ["", `${seen.repeats} copies`, "none: the control"],
        [
          line("the model is given", ({ promptText }) => promptText.trim()),
          line("the document says", ({ expected }) => expected.trim()),
          line("the model says", ({ text }) => text.trim()),
          line("edits", ({ tokenDistance }) => `${tokenDistance} of 50`),
        ],
      );
    },

    async ways() {
      const rows = await auditRows();
      const seen = rowsOf(rows, PROMPT).filter(isSeen);
      const of = (n: number, all: readonly AuditRow[] = seen, places = 0) => [
        `${fixed(n, places)} of ${all.length}`,
        `${fixed((100 * n) / all.length, 0)} %`,
      ];
      const number = (holds: (row: AuditRow) => boolean, all = seen) => all.filter(holds).length;
      const [once, control] = [rowsOf(rows, PROMPT, 1), rowsOf(rows, PROMPT, 0)];
      return markdownTable(
        ["counted", "documents", "share"],
        [
          ["greedy, exact", ...of(number(isExact))],
          ["greedy, within 10 % of the tokens", ...of(number((row) => row.isApproximate))],
          ["one answer drawn, on average", ...of(sum(seen.map(chanceOf)), seen, 1)],
          ...[FEW, MANY].map((n) => [
            `${count(n)} answers drawn, an even chance`,
            ...of(number(comesIn(n))),
          ]),
          ["of those with one copy: greedy, exact", ...of(number(isExact, once), once)],
          ["of the control: greedy, exact", ...of(number(isExact, control), control)],
        ],
      );
    },

    canaries() {
      return markdownTable(
        ["copies", "rank of its secret", "bits"],
        CANARIES.map(({ repeats, rank }) => [
          String(repeats),
          count(rank),
          fixed(Math.log2(SECRETS) - Math.log2(rank), 1),
        ]),
      );
    },
  },
};
