import { describe, expect, it } from "vitest";
import { type NaiveHandles, naiveBackend } from "../../../docs/examples/naive-backend.ts";
import type { Backend, KernelName, Ops } from "../../../src/backend/backend.ts";
import { BackendError } from "../../../src/backend/backend.ts";
import { backendResults } from "../../../src/conformance/backend/conformance.ts";
import { nextKernel } from "../../../src/conformance/backend/next-kernel.ts";
import type { Result } from "../../../src/conformance/run/result.ts";
import { openSuite } from "../../../src/conformance/vectors/suite.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { mistakeNamed } from "../../support/backend-mistakes.ts";
import { fixtureFolder } from "../../support/files.ts";

const suite = await openSuite(fixtureFolder("conformance"));

async function results(make: () => Backend, only?: string): Promise<Result[]> {
  const all: Result[] = [];
  const options = { tiers: ["T0"], only } as const;
  for await (const result of backendResults(make, suite, options)) all.push(result);
  return all;
}

const refusal = (kernel: string) =>
  new UnsupportedError({ op: kernel, expected: "a kernel", got: "none yet" });

/** The naive backend without some kernels, which throw at once. */
const without = (...kernels: KernelName[]) => {
  const { ops, ...rest } = naiveBackend();
  const missing = kernels.map((kernel) => [
    kernel,
    () => {
      throw refusal(kernel);
    },
  ]);
  const all = { ...ops, ...Object.fromEntries(missing) } as Ops<NaiveHandles>;
  return { ...rest, ops: all } as unknown as Backend;
};

/** What shows both kvWrite and attention. */
const ATTENTION = "t0.attention.*";

describe("the next kernel", () => {
  it("is none where all are written and right", async () => {
    // Of all of the suite: spec/cli/commands/new-backend.spec.ts
    expect(nextKernel(await results(() => without(), ATTENTION))).toBeUndefined();
    expect(nextKernel([])).toBeUndefined();
  });

  it("is the first that is missing, with its formula, its shapes and an example", async () => {
    const next = nextKernel(await results(() => without("rope", "geglu"))) ?? "";
    expect(next).toMatch(/^Next: geglu \(6 of 8 kernels are written\)\n/);
    expect(next).toContain("geglu(dst, gate, up, rows)");
    expect(next).toContain("½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))");
    expect(next).toContain("dst, gate, up [R, F]");
    expect(next).toContain("nn/geglu.ts");
    // gelu(−2) = −0.0454, gelu(0.5) · 2 = 0.6914, gelu(20) · 3 = 60: by a calculator.
    expect(next).toMatch(/→ dst +-0\.0454023 +-0\.154286 +0\.691428 +60\n/);
  });

  it("is kvWrite before attention, and then attention", async () => {
    const both = nextKernel(await results(() => without("kvWrite", "attention"), ATTENTION));
    expect(both).toMatch(/^Next: kvWrite \(6 of 8/);
    const one = nextKernel(await results(() => without("attention"), ATTENTION));
    expect(one).toMatch(/^Next: attention \(7 of 8/);
    expect(nextKernel(await results(() => without("kvWrite"), ATTENTION))).toMatch(
      /^Next: kvWrite \(/,
    );
  });

  it("is found where a kernel refuses as late as read does", async () => {
    const late = () => {
      const backend = without();
      let missing: Error | undefined;
      return {
        ...backend,
        ops: {
          ...backend.ops,
          add() {
            missing = refusal("add");
          },
        },
        async read(...args: Parameters<Backend["read"]>) {
          const cause = missing;
          missing = undefined;
          if (cause)
            throw new BackendError({ op: "read", kind: "kernel", kernel: "add" }, { cause });
          return backend.read(...args);
        },
      };
    };
    expect(nextKernel(await results(late, "t0.add.*"))).toMatch(/^Next: add \(7 of 8/);
  });

  it("is one that is written and wrong, before those that are missing behind it", async () => {
    const wrong = mistakeNamed("add-forgets-x");
    const make = () => {
      const { ops, ...rest } = without("geglu");
      return { ...rest, ops: { ...ops, add: wrong.make().ops.add } };
    };
    const next = nextKernel(await results(make)) ?? "";
    expect(next).toMatch(/^Next: add is written, and not right yet\n/);
    expect(next).toContain("add: x was not added to y");
    expect(next).toContain("(t0.add.plain@plain)");
  });

  it("comes after memory that is wrong", async () => {
    const make = () => {
      const backend = without("geglu");
      return { ...backend, info: { ...backend.info, maxRows: 0 } };
    };
    const next = nextKernel(await results(make)) ?? "";
    expect(next).toMatch(/^Next: info says what backend\.ts describes\./);
    expect(next).toContain("maxRows is 0");
  });
});
