/** All of fixtures/evaluation/judge.json. Rates, intervals and strengths agree to rounding: 1e-9 of shares and logarithms. */
import { describe, expect, it } from "vitest";
import { countOutcomes, type JudgedPair, type Winner } from "../../src/judge/outcome.ts";
import { bradleyTerry } from "../../src/judge/ranking/bradley-terry.ts";
import type { Match } from "../../src/judge/ranking/match.ts";
import { onlineElo } from "../../src/judge/ranking/online-elo.ts";
import { bootstrapInterval, ratingsOf } from "../../src/judge/statistics/bootstrap.ts";
import { exactBootstrapInterval } from "../../src/judge/statistics/exact-bootstrap.ts";
import {
  normalInterval,
  wilsonInterval,
  wilsonTiesInterval,
  winRate,
} from "../../src/judge/statistics/intervals.ts";
import { positionBias } from "../../src/judge/statistics/position-bias.ts";
import { reportPreferences } from "../../src/judge/statistics/report-preferences.ts";
import { parseScore } from "../../src/judge/verdicts/parse-score.ts";
import { parseVerdict } from "../../src/judge/verdicts/parse-verdict.ts";
import { readJson } from "../support/goldens.ts";

type Pair = [number, number];

interface Golden {
  rates: {
    cases: {
      win: number;
      tie: number;
      loss: number;
      rate: number;
      wilson: Pair;
      normal: Pair;
      wilson_with_tie_variance: Pair | null;
      bootstrap_exact: Pair;
      bootstrap_2000: Pair;
    }[];
  };
  report: {
    rows: {
      model: string;
      set: string;
      reported: { rate: number; interval: Pair; win: number; tie: number; loss: number };
      win_plus_half_tie: number;
      sum: number;
      difference: number;
      agrees_within_rounding: boolean;
      ratings_implied_if_wilson: number;
      ratings_implied_if_tie_variance: number;
      asymmetry: number;
    }[];
  };
  verdicts: { cases: { text: string; fastchat: string; last: string; strict: string }[] };
  scores: { text: string; result: number }[];
  both_orders: {
    pairs: [Winner, Winner][];
    errors: number;
    win: number;
    tie: number;
    loss: number;
    rate: number;
    wilson: Pair;
    consistent: number;
    first_shown_preferred: number;
    verdicts_for_first: number;
    verdicts_for_second: number;
    flips_to_first: number;
    flips_to_second: number;
    position_bias_p_value: number;
  };
  bradley_terry: {
    models: string[];
    battles: [string, string, "model_a" | "model_b" | "tie"][];
    wins: number[][];
    strengths: number[];
    elo: number[];
    difference_se: number[][];
    win_probability: number[][];
    online_elo: number[];
  };
}

const golden = readJson<Golden>("evaluation/judge.json");

function expectClose(actual: ArrayLike<number> | undefined, expected: ArrayLike<number>): void {
  expect(actual?.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const slack = 1e-9 * Math.max(1, Math.abs(expected[i]));
    expect(Math.abs((actual?.[i] as number) - expected[i])).toBeLessThanOrEqual(slack);
  }
}

describe("win rates", () => {
  it.each(golden.rates.cases)("of $win / $tie / $loss, and their intervals", (given) => {
    expectClose([winRate(given)], [given.rate]);
    expectClose(wilsonInterval(given), given.wilson);
    expectClose(normalInterval(given), given.normal);
    const ties = wilsonTiesInterval(given);
    if (given.wilson_with_tie_variance) expectClose(ties, given.wilson_with_tie_variance);
    else expect(ties).toBeUndefined();
    const prompts = ratingsOf(given);
    expectClose(exactBootstrapInterval(prompts), given.bootstrap_exact);
    const drawn = bootstrapInterval(prompts, { seed: 123, resamples: 2000 });
    expectClose(drawn, given.bootstrap_2000);
  });
});

it("the report's table comes out as recomputed elsewhere, 56.25 where 56.5 is printed", () => {
  const rows = reportPreferences();
  expect(rows.length).toBe(golden.report.rows.length);
  golden.report.rows.forEach((expected, i) => {
    const row = rows[i];
    const set = row.prompts === "safety" ? "safety" : "instruction following";
    expect([`${row.release} IT ${row.size}`, set]).toEqual([expected.model, expected.set]);
    const { rate, interval, win, tie, loss } = row;
    expect({ rate, interval, win, tie, loss }).toEqual(expected.reported);
    expect(row.agrees).toBe(expected.agrees_within_rounding);
    expectClose(
      [row.recomputed, row.sum, row.difference, row.asymmetry],
      [expected.win_plus_half_tie, expected.sum, expected.difference, expected.asymmetry],
    );
    expectClose(
      [row.ratingsIfWilson, row.ratingsIfTies],
      [expected.ratings_implied_if_wilson, expected.ratings_implied_if_tie_variance],
    );
  });
  const [odd] = rows.filter((row) => !row.agrees);
  expect([odd.recomputed, odd.rate]).toEqual([56.25, 56.5]);
});

describe("a judge's answer", () => {
  it.each(golden.verdicts.cases)(
    "$text has the verdict that FastChat finds, and the last",
    (one) => {
      expect(parseVerdict(one.text)).toBe(one.last);
      expect(parseVerdict(one.text, "fastchat")).toBe(one.fastchat);
      expect(parseVerdict(one.text, "strict")).toBe(one.strict);
    },
  );

  it("with two kinds of brackets has the score in two", () => {
    expect(parseScore("As in [3], it lacks a source. [[7]]")).toBe(7);
  });

  it.each(golden.scores)("$text has the score $result", ({ text, result }) => {
    expect(parseScore(text) ?? -1).toBe(result);
  });
});

it("pairs in both orders are counted, and the judge's places", () => {
  const { pairs: winners, ...expected } = golden.both_orders;
  const pairs: JudgedPair[] = winners.map((both) => ({ winners: both }));
  const counts = countOutcomes(pairs);
  const { win, tie, loss, errors } = expected;
  expect(counts).toEqual({ win, tie, loss, errors });
  expectClose([winRate(counts)], [expected.rate]);
  expectClose(wilsonInterval(counts), expected.wilson);
  const bias = positionBias(pairs);
  expect([bias.first, bias.second]).toEqual([
    expected.verdicts_for_first,
    expected.verdicts_for_second,
  ]);
  expect([bias.flipsToFirst, bias.flipsToSecond]).toEqual([
    expected.flips_to_first,
    expected.flips_to_second,
  ]);
  expectClose(
    [bias.consistency as number, bias.firstShare as number, bias.p],
    [expected.consistent, expected.first_shown_preferred, expected.position_bias_p_value],
  );
});

describe("many models", () => {
  const { models, battles, ...expected } = golden.bradley_terry;
  const winners = { model_a: "model_1", model_b: "model_2", tie: "tie" } as const;
  const matches: Match[] = battles.map(([a, b, winner]) => {
    return { models: [a, b], winner: winners[winner] };
  });

  it("have the strengths of Bradley and Terry", () => {
    const fit = bradleyTerry(matches);
    const order = models.map((model) => fit.models.indexOf(model));
    const picked = (values: ArrayLike<number>) => order.map((i) => values[i]);
    expect(order.map((i) => picked(fit.wins[i]))).toEqual(expected.wins);
    expectClose(picked(fit.strengths), expected.strengths);
    expectClose(picked(fit.elo), expected.elo);
    models.forEach((_, i) => {
      expectClose(picked(fit.differenceErrors[order[i]]), expected.difference_se[i]);
      expectClose(picked(fit.winProbabilities[order[i]]), expected.win_probability[i]);
    });
  });

  it("have ratings match by match", () => {
    const ratings = onlineElo(matches);
    expectClose(
      models.map((model) => ratings.get(model) as number),
      expected.online_elo,
    );
  });
});
