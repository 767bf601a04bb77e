/** A bug is named: each known one as itself, and no other as one of them. */
import { describe, expect, it } from "vitest";
import type { Parts } from "../../src/conformance/engine/engine.ts";
import { claims } from "../../src/conformance/mutants/claims.ts";
import { MUTANTS } from "../../src/conformance/mutants/mutants.ts";
import { engineTestee, merged } from "../../src/conformance/run/engine-testee.ts";
import type { Report } from "../../src/conformance/run/result.ts";
import { runSuite } from "../../src/conformance/run/run.ts";
import type { Outputs, Testee } from "../../src/conformance/run/testee.ts";
import type { Feed } from "../../src/conformance/vectors/vector.ts";
import { WAYS } from "../../src/conformance/ways/ways.ts";
import type { TapName } from "../../src/model/taps.ts";
import { IS_LONG } from "../support/fuzz.ts";
import { SUITE } from "../support/suite.ts";
import { BUGS_NOBODY_KNOWS } from "../support/unknown-bugs.ts";

/** An engine of float32 whose sums run in another order than ours, as every engine's do. */
const FLOAT32 = WAYS.float32.find(({ id }) => id.includes("pairwise"))?.parts as Parts;

const engine = (parts: Parts): Testee =>
  engineTestee({ ...merged(FLOAT32, parts), info: { accuracy: "float32" } });

/** The testee, asked the same a second time, says the same: to compute it takes half of the time of a run. */
function remembering(testee: Testee): Testee {
  const answers = new Map<string, Promise<Outputs>>();
  let model = "";
  let feeds: Feed[] = [];
  let computed = 0;
  const ask = async (taps: readonly TapName[]): Promise<Outputs> => {
    while (computed < feeds.length - 1) await testee.forward(feeds[computed++], []);
    return testee.forward(feeds[computed++], taps);
  };
  const begin = (name: string) => {
    model = name;
    feeds = [];
    computed = 0;
  };
  return {
    ...testee,
    load(next) {
      begin(next.name);
      return testee.load(next);
    },
    reset() {
      begin(model);
      return testee.reset();
    },
    forward(feed, taps) {
      feeds.push(feed);
      const key = JSON.stringify([model, feeds, taps]);
      const answer = answers.get(key) ?? ask(taps);
      answers.set(key, answer);
      return answer;
    },
  };
}

/** The same engine, of which logits are all one sees. */
function logitsOnly({ info, load, reset, forward }: Testee): Testee {
  return {
    ...{ info, load, reset },
    async forward(feed, taps) {
      const all = await forward(feed, taps);
      return new Map([...all].filter(([tap]) => tap === "logits"));
    },
  };
}

/** Bugs that give the same logits: queries that are rotated and keys that are not. */
const SAME_LOGITS = [["cache-plain-keys", "rope-q-only"]];

/** Operators and models: invariants tell that something is wrong, and not what. */
const run = (testee: Testee): Promise<Report> => runSuite(testee, SUITE, { tiers: ["T0", "T1"] });

/** In `npm test` one in eight; all in `npm run test:long`, which takes minutes. */
const some = <T>(all: readonly T[]): T[] => all.filter((_, i) => IS_LONG || i % 8 === 0);

const namesOf = ({ diagnosis }: Report) => diagnosis?.named.map(({ ids }) => ids) ?? [];
const of = (id: string) => MUTANTS.find((mutant) => mutant.id === id)?.parts as Parts;

describe("each known bug", () => {
  it.runIf(IS_LONG).each(MUTANTS)("$id is named first, in float64", async ({ id }) => {
    const report = await run(engineTestee({ mutant: id }));
    expect(report.passed || namesOf(report)[0]?.[0]).toBe(id);
    expect(report.diagnosis?.complete).toBe(true);
  });

  it.each(some(MUTANTS))("$id is named first, by an engine in float32", async ({ id, parts }) => {
    const report = await run(engine(parts));
    expect(report.passed || namesOf(report)[0]?.[0]).toBe(id);
    expect(report.diagnosis?.text).toContain(`This is ${id}.`);
  });

  // Positions that all begin one later give the same logits: RoPE is relative.
  const inLogits = MUTANTS.filter(({ id }) => id !== "rope-position-off-by-one");
  it.each(some(inLogits))("$id is named by logits alone, or its class", async ({ id, parts }) => {
    const report = await run(logitsOnly(engine(parts)));
    expect([...(namesOf(report)[0] ?? [])].sort()).toEqual(
      SAME_LOGITS.find((ids) => ids.includes(id)) ?? [id],
    );
  });

  const inBfloat16 = MUTANTS.filter(({ id }) => claims(id, "bfloat16"));
  it.runIf(IS_LONG).each(inBfloat16)(
    "$id is named, or has no name, in bfloat16",
    async ({ id, parts }) => {
      const info = { accuracy: "bfloat16" } as const;
      const report = await run(engineTestee({ ...merged(WAYS.bfloat16[2].parts, parts), info }));
      expect(report.passed).toBe(false);
      for (const [first] of namesOf(report)) expect(first).toBe(id);
    },
  );
});

describe("two bugs at once", () => {
  const PAIRS = [
    ["rope-interleaved", "gelu-erf"],
    ["norm-without-one", "attention-head-modulo"],
    ["embed-unscaled", "structure-logit-cap-30"],
    ["norm-eps-1e-5", "rope-on-v"],
    ["gelu-silu", "attention-no-scale"],
    ["rope-sign", "norm-mean-subtracted"],
    ["embed-scale-bfloat16", "attention-sees-next"],
    ["structure-no-final-norm", "gelu-quick"],
  ] as const;

  it.each(some(PAIRS))(
    "%s and %s are both named where there are intermediates, and not misnamed by logits alone",
    async (a, b) => {
      const testee = remembering(engine(merged(of(a), of(b))));
      const first = namesOf(await run(testee)).map(([id]) => id);
      expect(first.sort()).toEqual([a, b].sort());
      const byLogits = await run(logitsOnly(testee));
      expect(byLogits.passed).toBe(false);
      for (const [id] of namesOf(byLogits)) expect([a, b]).toContain(id);
    },
  );
});

describe("a bug that nobody knows", () => {
  it.each(some(Object.entries(BUGS_NOBODY_KNOWS)))("%s has no name", async (_, parts) => {
    const testee = remembering(engine(parts));
    const { diagnosis } = await run(testee);
    expect(diagnosis?.text).toContain("None of the known bugs explains this.");
    expect(diagnosis?.named).toEqual([]);
    expect(namesOf(await run(logitsOnly(testee)))).toEqual([]);
  });
});
