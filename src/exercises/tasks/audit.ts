/**
 * Exercise `audit`: whether a continuation is a document's, how likely it comes, and how far a secret is given away (src/audit).
 * @module
 */
import { type Case, type Exercise, exercise } from "../exercise.ts";
import { type AuditGoldens, row } from "../materials.ts";
import type { Row } from "../parts.ts";

export const audit: Exercise = exercise({
  name: "audit",
  page: 20,
  title: "what it has learnt by heart",
  noun: "audit",
  isBeside: true,
  task: `Three functions. editDistance(a, b) is given two lists of ids, and gives back the
    fewest insertions, deletions and replacements that make b of a: each costs 1.
    chanceIn(logprob, n) is given the log-probability of a text, and gives back how
    likely it is that the text is among n answers: 1 - (1 - p)^n, also where p is 1e-20.
    exposure(logprobs, own) is given the log-probability of every secret there might
    be, and gives back log2 of how many there are, less log2 of the rank of number own.
    The most likely has rank 1, and a secret is not behind those that are equal to it.`,
  functions: {
    editDistance: ["a", "b"],
    chanceIn: ["logprob", "n"],
    exposure: ["logprobs", "own"],
  },
  hints: [
    "editDistance: a table of a.length + 1 rows. Row i has, for each j, the distance of the first i ids of a from the first j of b. Its first row is 0, 1, 2, ….",
    "Each further place is the least of three: above + 1, left + 1, and diagonal + (equal ? 0 : 1). The last place is the answer.",
    "chanceIn: (1 - p)^n is e^(n · log(1 - p)). Math.log1p(-p) is log(1 - p), and Math.expm1(y) is e^y - 1, both right for small numbers. exposure: count those that are greater.",
  ],
  knobs: {
    edits: {
      "of three kinds": "",
      "no replacing":
        "A replaced id costs 2 here: one taken out, and one put in. It is one edit of three kinds.",
      "place by place":
        "Ids are compared place by place: one id more moves all the rest, and is one edit all the same.",
    },
    beginning: {
      counts: "",
      "is free":
        "What b has before the first id of a costs nothing. The first row of the table is 0, 1, 2, …, for b has that many ids too many.",
    },
    distance: {
      "in edits": "",
      "as a share": "This is a share of the longer list. What is asked for is the number of edits.",
    },
    small: {
      kept: "",
      lost: "Of a small p nothing is left: 1 - 1e-20 is 1 in float64. What do Math.log1p and Math.expm1 do?",
    },
    nats: {
      "to the base e": "",
      "to the base 2":
        "log-probabilities are natural logarithms, as everywhere here: p is Math.exp(logprob).",
    },
    answers: {
      "one at least": "",
      all: "This is the chance that all n answers are the text: p^n. One is enough.",
      "on average":
        "n · p is how often it comes on average, which may be more than 1. How likely is it that it comes at all?",
    },
    first: {
      "is 1": "",
      "is 0":
        "The most likely secret has rank 0 here, and log2 of 0 is -Infinity. Ranks begin at 1.",
    },
    order: {
      "likely first": "",
      "unlikely first":
        "The least likely secret has rank 1 here. A model that knows a secret puts it first.",
    },
    equals: {
      "share a rank": "",
      "stand before":
        "Secrets that are equally likely push the rank down. Only those that are more likely stand before it.",
    },
    unit: {
      bits: "",
      nats: "This is in nats. An exposure is in bits: Math.log2.",
    },
  },
  build: ({ edits, beginning, distance, small, nats, answers, first, order, equals, unit }) => ({
    editDistance(a, b) {
      const share = distance === "as a share" ? Math.max(a.length, b.length) || 1 : 1;
      if (edits === "place by place") {
        const most = Math.max(a.length, b.length);
        const places = Array.from({ length: most }, (_, i) => Number(a[i] !== b[i]));
        return places.reduce((sum, one) => sum + one, 0) / share;
      }
      const replaced = edits === "no replacing" ? 2 : 1;
      let above = Array.from({ length: b.length + 1 }, (_, j) => (beginning === "counts" ? j : 0));
      for (let i = 1; i <= a.length; i++) {
        const line = [i];
        for (let j = 1; j <= b.length; j++) {
          const diagonal = above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : replaced);
          line.push(Math.min(above[j] + 1, line[j - 1] + 1, diagonal));
        }
        above = line;
      }
      return above[b.length] / share;
    },

    chanceIn(logprob, n) {
      const p = nats === "to the base e" ? Math.exp(logprob) : 2 ** logprob;
      if (answers === "all") return p ** n;
      if (answers === "on average") return n * p;
      return small === "kept" ? -Math.expm1(n * Math.log1p(-p)) : 1 - (1 - p) ** n;
    },

    exposure(logprobs, own) {
      const sign = order === "likely first" ? 1 : -1;
      const isBefore = (other: number, i: number) => {
        const more = sign * (other - logprobs[own]);
        return more > 0 || (equals === "stand before" && more === 0 && i !== own);
      };
      const before = logprobs.reduce((sum, other, i) => sum + Number(isBefore(other, i)), 0);
      const rank = before + (first === "is 1" ? 1 : 0);
      const log = unit === "bits" ? Math.log2 : Math.log;
      return log(logprobs.length) - log(rank);
    },
  }),
  cases: ({ audit }) => [
    editsByHand(),
    chancesByHand(),
    bitsByHand(),
    chancesOfDocuments(audit),
    bitsOfCanaries(audit),
    editsOfOthers(audit),
  ],
});

function editsByHand(): Case {
  const call = (a: readonly number[], b: readonly number[], expected: number) => ({
    ...{ where: "", fn: "editDistance" as const, expected },
    given: `a = [${a.join(", ")}], b = [${b.join(", ")}]`,
    args: () => [[...a], [...b]],
  });
  return {
    ...{ name: "edits, by hand", given: "", golden: false },
    calls: [
      call([1, 9, 2, 3, 8, 5], [1, 2, 3, 7, 5], 2),
      call([1, 2, 3], [9, 9, 1, 2, 3], 2),
      call([], [4, 4], 2),
      call([6, 7], [6, 7], 0),
    ],
  };
}

function chancesByHand(): Case {
  const call = (p: number, n: number, expected: number) => ({
    ...{ where: "", fn: "chanceIn" as const, expected },
    given: `logprob = log ${p}, n = ${n}`,
    args: () => [Math.log(p), n],
  });
  return {
    ...{ name: "chances, by hand", given: "", golden: false },
    calls: [call(0.5, 1, 0.5), call(0.5, 2, 0.75), call(0.1, 3, 0.271)],
  };
}

function bitsByHand(): Case {
  const call = (logprobs: Row, own: number, expected: number) => ({
    ...{ where: "", fn: "exposure" as const, expected },
    given: `logprobs = [${[...logprobs].join(", ")}], own = ${own}`,
    args: () => [logprobs.slice(), own],
  });
  const eight = row(-3, -1, -5, -3, -2, -3, -7, -9);
  return {
    ...{ name: "bits, by hand", given: "", golden: false },
    calls: [
      call(row(-3, -1, -2, -4), 2, 1),
      call(row(-3, -1, -2, -4), 1, 2),
      call(row(-3, -1, -2, -4), 3, 0),
      // Two are more likely, and two are equal: rank 3.
      call(eight, 5, 3 - Math.log2(3)),
    ],
  };
}

/** Every seventh document, from p = 1e-29 to 0.9. */
function chancesOfDocuments({ chances }: AuditGoldens): Case {
  return {
    name: "documents of the planted model",
    given: "",
    golden: true,
    calls: chances
      .filter((_, i) => i % 7 === 0)
      .flatMap(({ p, in: chancesIn }) =>
        chancesIn.map(([n, expected]) => ({
          ...{ where: "", fn: "chanceIn" as const, expected },
          given: `logprob = ${Math.log(p).toFixed(3)}, n = ${n}`,
          args: () => [Math.log(p), n],
        })),
      ),
  };
}

/** The rank is the model's; the other secrets are put above and below, a little apart. */
function bitsOfCanaries({ canaries }: AuditGoldens): Case {
  const SECRETS = 10_000;
  return {
    name: "canaries of the planted model",
    given: "",
    golden: true,
    calls: canaries.map(({ secret, rank, exposure: expected }) => {
      const own = Number(secret);
      return {
        ...{ where: "", fn: "exposure" as const, expected },
        given: `${SECRETS} secrets, number ${own} has rank ${rank}`,
        args: () => [
          Float64Array.from({ length: SECRETS }, (_, i) => {
            const apart = (i - own + SECRETS) % SECRETS;
            return -20 + (apart < rank ? apart : -apart) / SECRETS;
          }),
          own,
        ],
      };
    }),
  };
}

function editsOfOthers({ edits }: AuditGoldens): Case {
  return {
    ...{ name: "pairs that two other programs counted", given: "", golden: false, isLong: true },
    calls: edits.map(({ a, b, distance: expected }, i) => ({
      ...{ where: `pair ${i}`, fn: "editDistance" as const, expected },
      given: `${a.length} and ${b.length} ids`,
      args: () => [[...a], [...b]],
    })),
  };
}
