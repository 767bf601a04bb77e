/** The calls of the memorization audit that take options, as public-calls.ts lists those of the other rooms. */
import { divergences } from "../../src/audit/divergence/divergence.ts";
import { auditDuplicates } from "../../src/audit/documents/duplicates.ts";
import { documentsFromArrays } from "../../src/audit/documents/extraction-benchmark.ts";
import { estimateMemorization } from "../../src/audit/estimates/estimate.ts";
import { exposureOf } from "../../src/audit/exposure/exposure.ts";
import { membership } from "../../src/audit/membership/membership.ts";
import { personalDataOf } from "../../src/audit/personal/personal-data-of.ts";
import { drawCanaries } from "../../src/audit/planting/draw-canaries.ts";
import { repeated } from "../../src/audit/planting/repeated.ts";
import { Audit } from "../../src/audit/protocol/audit.ts";
import { auditReport } from "../../src/audit/report/audit-report.ts";
import { auditPage } from "../../src/audit/report/html/page.ts";
import { Evaluator } from "../../src/evaluation/requests/evaluator.ts";
import type { Call } from "./public-calls.ts";

const PROTOCOL = "audit/protocol/audit.spec.ts";
const DIVERGENCE = "audit/divergence/divergence.spec.ts";
const WORDS = "finds what was planted behind a word, and counts repetitions";
const DRAWS = "draws other answers with other seeds, and the same with the same";
const REPORT = "audit/report/report.spec.ts";
const CANARIES = "audit/planting/planting.spec.ts";
const PLANTED = "repeats what the planted model repeats, in every figure";

/** Of a row that counts. */
const ROW = { id: "a", source: "a", tokens: 100, prompt: 50, isControl: false };

export const AUDIT_CALLS: Readonly<Record<string, Call>> = {
  "audit/protocol/audit.ts Audit.constructor": {
    call: (options, gemma) => new Audit(new Evaluator(gemma), [], options),
    seen: {
      prompts: [PROTOCOL, PLANTED],
      suffix: [PROTOCOL, "counts documents that are too short, for each length of prompt"],
      approximate: [PROTOCOL, "compares characters where that is asked for, from the same answers"],
      topK: [PROTOCOL, "draws from as many tokens as are asked for"],
      control: [PROTOCOL, PLANTED],
    },
  },
  "audit/estimates/estimate.ts estimateMemorization": {
    call: (options) =>
      estimateMemorization([{ ...ROW, isExact: true, isApproximate: true }], options),
    seen: { shares: ["audit/estimates/estimate.spec.ts", "takes the shares of a corpus"] },
  },
  "audit/exposure/exposure.ts exposureOf": {
    call: (options, gemma) =>
      exposureOf(new Evaluator(gemma), { text: "is ", secret: "1" }, options),
    seen: {
      signal: ["audit/exposure/exposure.spec.ts", "stops, and says how far it is"],
      onProgress: ["audit/exposure/exposure.spec.ts", "stops, and says how far it is"],
    },
  },
  "audit/divergence/divergence.ts divergences": {
    call: (options, gemma) => divergences(new Evaluator(gemma), [], [], options).next(),
    seen: {
      times: [DIVERGENCE, WORDS],
      samples: [DIVERGENCE, DRAWS],
      maxTokens: [DIVERGENCE, WORDS],
      temperature: [DIVERGENCE, WORDS],
      seed: [DIVERGENCE, DRAWS],
      atLeast: [DIVERGENCE, "counts as copied what is long enough"],
    },
  },
  "audit/documents/duplicates.ts auditDuplicates": {
    call: (options) => auditDuplicates([], [], options),
    seen: { signal: ["audit/documents/documents.spec.ts", "stops when it is told to"] },
  },
  "audit/documents/extraction-benchmark.ts documentsFromArrays": {
    call: (options) => {
      const ids = { shape: [1, 1], data: [5] };
      return documentsFromArrays(ids, ids, options);
    },
    seen: {
      name: ["audit/documents/documents.spec.ts", "reads what lm-extraction-benchmark writes"],
      source: ["audit/documents/documents.spec.ts", "reads what lm-extraction-benchmark writes"],
    },
  },
  "audit/membership/membership.ts membership": {
    call: (options, gemma) => membership(new Evaluator(gemma), [], options).next(),
    seen: {
      control: [
        "audit/membership/membership.spec.ts",
        "scores documents as Google's code does, and tells the planted ones from the others",
      ],
      smaller: [
        "audit/membership/membership.spec.ts",
        "scores documents as Google's code does, and tells the planted ones from the others",
      ],
    },
  },
  "audit/personal/personal-data-of.ts personalDataOf": {
    call: (options) => personalDataOf([], options),
    seen: {
      find: [
        "audit/personal/personal-data-of.spec.ts",
        "takes names of people from whoever finds them, and ours before theirs",
      ],
      showValues: [
        "audit/personal/personal-data-of.spec.ts",
        "masks values unless it is asked for them",
      ],
    },
  },
  "audit/report/html/page.ts auditPage": {
    call: async (options) => {
      const row = {
        ...ROW,
        isExact: true,
        isApproximate: true,
        ...{ promptText: "", text: "", expected: "", logprob: -1, topLogprob: -1 },
      };
      const settings = { prompts: [50], suffix: 50, level: "tokens", share: 0.1, topK: 40 };
      return auditPage(await auditReport({ rows: [row], settings, short: [] } as never), options);
    },
    seen: {
      mostDocuments: [
        REPORT,
        "shows as many continuations as are asked for, those that match longest first",
      ],
    },
  },
  "audit/planting/draw-canaries.ts drawCanaries": {
    call: (options) => drawCanaries({ repeats: [1], ...options }),
    seen: {
      repeats: [CANARIES, "draws as many as are asked for, each with a name of its own"],
      each: [CANARIES, "draws as many as are asked for, each with a name of its own"],
      format: [CANARIES, "takes a text of the caller's"],
      digits: [CANARIES, "takes a text of the caller's"],
      seed: [CANARIES, "draws the same with the same seed"],
    },
  },
  "audit/planting/repeated.ts repeated": {
    call: (options) => repeated([1], [1], options),
    seen: { seed: [CANARIES, "shuffles copies among the others by a seed (fuzzed)"] },
  },
};
