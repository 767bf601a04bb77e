/** What becomes of a process whose workers nobody has ended. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { fixture } from "../../support/paths.ts";
import { startNode } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const program = join(scratchFolder("wasm-at-exit"), "program.mjs");

const PROGRAM = `
  import { Model } from "./src/model/model.ts";
  import { openHfFolder } from "./src/checkpoint/safetensors/open.ts";
  import { wasmBackend } from "./src/backend/wasm/wasm.ts";
  import { openFolder } from "./src/node/folder.ts";
  const [folder, way] = process.argv.slice(2);
  const { config, tensors } = await openHfFolder(openFolder(folder));
  const model = await Model.load({ config, tensors, backend: wasmBackend({ threads: 2 }) });
  const cache = model.createCache();
  const { shape } = await model.forward([2, 7, 9], cache);
  console.log(shape.join());
  const later = model.forward([2, 7, 9], cache);
  if (way === "exits") process.exit(5);
  if (way === "throws") throw new Error("thrown");
  console.log((await later).shape.join());
`;

beforeAll(async () => {
  const resolveDir = fileURLToPath(new URL("../../..", import.meta.url));
  const stdin = { contents: PROGRAM, resolveDir, loader: "ts" } as const;
  await build({ stdin, outfile: program, bundle: true, platform: "node", format: "esm" });
});

describe("a process with workers", { concurrent: true }, () => {
  it.each([
    ["forgets to dispose", 0, "1,320\n1,320\n"],
    ["exits", 5, "1,320\n"],
    ["throws", 1, "1,320\n"],
  ])("that %s ends, when its work is done", async (way, code, out) => {
    const { ended, seen } = startNode([program, fixture("mqa"), way]);
    expect([await ended, seen.out]).toEqual([code, out]);
  });
});
