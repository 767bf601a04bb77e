/** The first ten minutes of docs/writing-a-backend.md: what its first try is, and what the suite says of it. */
import { describe, expect, it } from "vitest";
import { type NaiveHandles, naiveBackend } from "../../docs/examples/naive-backend.ts";
import type { Backend, KernelName, Ops } from "../../src/backend/backend.ts";
import { backendResults } from "../../src/conformance/backend/conformance.ts";
import { nextKernel } from "../../src/conformance/backend/next-kernel.ts";
import type { Result } from "../../src/conformance/run/result.ts";
import { openSuite } from "../../src/conformance/vectors/suite.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { fixtureFolder } from "../support/files.ts";
import { BLOCKS } from "./blocks/markdown.ts";

const blocks = BLOCKS.get("docs/writing-a-backend.md") ?? [];
const suite = await openSuite(fixtureFolder("conformance"));

const refused = (kernel: string) => () => {
  throw new UnsupportedError({ op: kernel, expected: "a kernel", got: "none yet" });
};

/** A backend whose memory works, with no kernel but those that are given. */
function backendWith(kernels: Partial<Ops<NaiveHandles>>): Backend {
  const { ops, ...rest } = naiveBackend();
  const unwritten = Object.keys(ops).map((kernel) => [kernel, refused(kernel as KernelName)]);
  return { ...rest, ops: { ...Object.fromEntries(unwritten), ...kernels } } as unknown as Backend;
}

async function resultsOf(kernels: Partial<Ops<NaiveHandles>>): Promise<Result[]> {
  const all: Result[] = [];
  const options = { tiers: ["T0"] } as const;
  for await (const one of backendResults(() => backendWith(kernels), suite, options)) all.push(one);
  return all;
}

/** The method of the page, with `change` made in it. */
const firstTry = (change = (code: string) => code): Partial<Ops<NaiveHandles>> => {
  const code = blocks.find(({ code }) => code.startsWith("add(dst"))?.code ?? "";
  return new Function(`return { ${change(code)} };`)();
};

describe("the page", () => {
  it("shows what is said of a backend without kernels", async () => {
    const said = nextKernel(await resultsOf({})) ?? "";
    const [, shown] = (blocks.find(({ code }) => code.includes("Next: add"))?.code ?? "").split(
      "Failure: ",
    );
    expect(shown).toBe(said);
  });

  it("shows what is said of its first try", async () => {
    const wrong = (await resultsOf(firstTry())).find(({ status }) => status === "fail");
    const shown = blocks.find(({ code }) => code.includes("@moved"))?.code ?? "";
    expect(shown).toContain(`> ${wrong?.id}\n`);
    expect(wrong?.message).toContain(shown.split("Failure: ")[1].split("\n")[0]);
  });

  it("mends it", async () => {
    const mended = firstTry((code) => code.replace("y.data[into * D + i]", "y.data[from * D + i]"));
    const next = nextKernel(await resultsOf(mended)) ?? "";
    expect(next).toMatch(/^Next: embed \(1 of 8/);
  });
});
