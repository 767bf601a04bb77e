/**
 * Node that may not turn text into code, as pages with a strict Content-Security-Policy: the same restriction of V8, and
 * no browser is needed for it. spec/browser/strict-page.spec.ts has the pages.
 */
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { IS_LONG } from "../support/fuzz.ts";
import { fixture } from "../support/paths.ts";
import { buildProgram, startNode } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = scratchFolder("strict-node");
const STRICT = "--disallow-code-generation-from-strings";

it("makes tensors and their views, and computes on workers", async () => {
  const contents = `import { wasmBackend } from "./src/backend/wasm/wasm.ts";
    import { tensor } from "./src/tensor/tensor.ts";
    const x = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    console.log(x, x.pick(1, null).step(-1).get(0));
    const backend = wasmBackend({ threads: 2 });
    const sum = backend.alloc("sum", 1, 6);
    backend.write(sum, x.data);
    backend.ops.add(sum, sum, sum, { from: 0, count: 1 });
    console.log(String(await backend.read(sum, { from: 0, count: 1 })));
    try { new Function(""); } catch ({ name }) { console.log(name); }
    backend.dispose();`;
  const outfile = join(folder, "strict.mjs");
  const stdin = { contents, resolveDir: fixture(".."), loader: "ts" } as const;
  await build({ stdin, outfile, bundle: true, platform: "node", format: "esm" });
  const { ended, seen } = startNode([STRICT, outfile]);
  const out = `tensor [2, 3] of float32
  0:  1  2  3
  1:  4  5  6 6
2,4,6,8,10,12
EvalError
`;
  expect([await ended, seen]).toEqual([0, { out, err: "" }]);
});

it.runIf(IS_LONG).each([
  ["generate", "Mira the fox", "--max-tokens", "5", "--threads", "2"],
  ["attention", "Mira the fox", "--layer", "2", "--head", "1"],
])("has the command %s as elsewhere", async (...args) => {
  const program = await buildProgram(scratchFolder("strict-program"));
  const [strict, free] = [[STRICT], []].map((flags) => startNode([...flags, program, ...args]));
  expect([await strict.ended, strict.seen.err]).toEqual([0, ""]);
  await free.ended;
  expect(strict.seen.out).toMatch(/\w/);
  expect(strict.seen.out).toBe(free.seen.out);
});
