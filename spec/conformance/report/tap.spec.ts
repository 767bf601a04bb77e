/** The TAP stream, read again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tapStream } from "../../../src/conformance/report/tap.ts";
import { breaksRun, STATUSES } from "../../../src/conformance/report/verdict.ts";
import { anyReport, HOSTILE, report, result, tapResult } from "../../support/reports.ts";

interface Point {
  readonly ok: boolean;
  readonly number: number;
  readonly description: string;
  readonly directive?: string;
  readonly reason?: string;
  readonly yaml: readonly string[];
}

/** The test points of a stream that has nothing but what we write. @throws {Error} if it has. */
function points(stream: string): Point[] {
  const [version, ...lines] = stream.trimEnd().split("\n");
  if (version !== "TAP version 14") throw new Error(version);
  const found: (Point & { yaml: string[] })[] = [];
  let isInBlock = false;
  for (const line of lines) {
    const [, not, number, rest] = /^(not )?ok (\d+) - (.*)$/s.exec(line) ?? [];
    if (rest !== undefined && !isInBlock) {
      const [, text, directive, reason] =
        /^((?:[^\\#]|\\[\\#])*?)(?: # (SKIP|TODO) ((?:[^\\#]|\\[\\#])*))?$/s.exec(rest) ?? [];
      if (text === undefined) throw new Error(`not a description: ${rest}`);
      const plain = (escaped: string | undefined) => escaped?.replace(/\\([\\#])/g, "$1");
      const point = { ok: !not, number: Number(number), description: plain(text) as string };
      found.push({ ...point, directive, reason: plain(reason), yaml: [] });
    } else if (line === "  ---") isInBlock = true;
    else if (line === "  ...") isInBlock = false;
    else if (isInBlock && line.startsWith("  ")) found.at(-1)?.yaml.push(line.slice(2));
    else if (!/^# |^1\.\.\d+( # SKIP .*)?$/.test(line)) throw new Error(`not TAP: ${line}`);
  }
  return found;
}

describe("the TAP stream", () => {
  it("has a plan and a point for each vector", () => {
    const results = [
      result({ id: "t0.add.plain", tier: "T0" }),
      result({
        status: "fail",
        message: 'logits is "off"',
        taps: [
          tapResult({ over: 12, got: Number.NaN, nrmse: Number.POSITIVE_INFINITY }),
          tapResult({ tap: "x", over: 2, misshapen: "has shape [3], expected [4]" }),
          tapResult({ tap: "y" }),
        ],
      }),
      result({ id: "t1.mqa.long", status: "skip", message: "too long" }),
      result({ id: "t1.mha.long", status: "unsupported", message: "no cache" }),
    ];
    const diagnosis = { isolated: [], named: [], complete: false, text: "It is\nrope." };
    expect(tapStream(report(results, { diagnosis }))).toBe(`\
TAP version 14
# my-engine
1..4
ok 1 - t0.add.plain
not ok 2 - t1.mqa.taps
  ---
  message: "logits is \\"off\\""
  severity: fail
  status: fail
  tier: T1
  tests: "Eleven tokens."
  outputs:
    - tap: "logits"
      over: 12
      nrmse: .inf
      max: 2e-7
      at: [3, 5]
      got: .nan
      expected: 0.5
    - tap: "x"
      shape: "has shape [3], expected [4]"
  ...
ok 3 - t1.mqa.long # SKIP too long
ok 4 - t1.mha.long # SKIP unsupported: no cache
# It is\\nrope.
# gemma1-conf 2026.11 · float32 · ops 1/1 · nano 0/2 · ties 0
`);
  });

  it("says that nothing was run", () => {
    expect(tapStream(report())).toContain("\n1..0 # SKIP no vector was run\n");
  });

  it("fails where the run does, and not where it does not", () => {
    const results = STATUSES.flatMap((status) => {
      const own = result({ status, message: "so" });
      return [own, { ...own, beyondGemma1: true }];
    });
    const found = points(tapStream(report(results)));
    expect(found.map(({ number }) => number)).toEqual(results.map((_, i) => i + 1));
    for (const [i, { ok, directive }] of found.entries()) {
      expect([results[i].status, !ok && directive === undefined]).toEqual([
        results[i].status,
        breaksRun(results[i]),
      ]);
    }
    const expected = points(
      tapStream(
        report([
          result({
            status: "xfail",
            message: "off",
            listed: { at: "", reason: "#9: slow", message: "" },
          }),
        ]),
      ),
    );
    expect(expected[0]).toMatchObject({ ok: false, directive: "TODO", reason: "#9: slow: off" });
  });

  it("lets no text forge a point, a directive or the end of a block", () => {
    const results = HOSTILE.map((text) =>
      result({
        id: text,
        status: "fail",
        message: text,
        note: text,
        taps: [tapResult({ tap: text, over: 2 })],
      }),
    );
    const skipped = HOSTILE.map((text) => result({ id: text, status: "skip", message: text }));
    const found = points(
      tapStream(report([...results, ...skipped], { testee: { name: HOSTILE.join("") } })),
    );
    expect(found).toHaveLength(2 * HOSTILE.length);
    for (const [i, { directive, yaml }] of found.entries()) {
      expect(directive).toBe(i < HOSTILE.length ? undefined : "SKIP");
      const scalars = yaml.flatMap((line) => /: (".*)$/.exec(line)?.[1] ?? []);
      // A scalar in double quotes that YAML and JSON read alike.
      const [, note] = scalars.map((scalar) => JSON.parse(scalar) as string);
      if (i < HOSTILE.length) expect(note).toBe(HOSTILE[i].replace(/^\ud800$/, "\ufffd"));
    }
  });

  it("is one for any report (fuzz)", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const found = points(tapStream(any));
        expect(found).toHaveLength(any.results.length);
        const failing = found.filter(({ ok, directive }) => !ok && directive === undefined);
        expect(failing).toHaveLength(any.results.filter(breaksRun).length);
      }),
    );
  });
});
