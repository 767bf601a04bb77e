/** `convert` of weights that MLX and bitsandbytes have packed, and of GGUF in parts: in, out, and back. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { openPath } from "../../../src/node/open-path.ts";
import { assertDType, storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";
import { elementsOf } from "../../../src/tensor/tensor.ts";
import { cli } from "../../support/cli.ts";
import { contents } from "../../support/contents.ts";
import { splitGguf } from "../../support/files/split-gguf.ts";
import { readFixture } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const folder = scratchFolder("convert-packed");

/** Every number of a checkpoint, by tensor. */
async function numbers(path: string): Promise<Map<string, Float64Array>> {
  const { tensors, close } = await openCheckpoint(await openPath(path));
  const all = new Map<string, Float64Array>();
  for (const [name, tensor] of tensors) {
    assertDType(tensor);
    const { shape, dtype } = tensor;
    const row = new Float64Array(elementsOf(shape));
    const bytes = await tensor.rows(0, shape[0]);
    widenRow(storedFromBytes(bytes, dtype, [1, row.length]), 0, row);
    all.set(name, row);
  }
  await close();
  return all;
}

describe("convert", () => {
  it.each(["mlx-4bit", "mlx-mixed", "nf4", "fp4", "int8"])(
    "takes packed weights in, and gives every number back: %s",
    async (name) => {
      const [from, out] = [fixture(`packed/${name}`), join(folder, name)];
      expect((await cli(["convert", from, out])).code).toBe(0);
      const again = join(folder, `${name}.npz`);
      expect((await cli(["convert", out, again])).code).toBe(0);
      const expected = await numbers(from);
      expect(await numbers(out)).toEqual(expected);
      expect(await numbers(again)).toEqual(expected);
      const smaller = ["--type", "BF16"];
      expect((await cli(["convert", from, join(folder, `${name}.gguf`), ...smaller])).code).toBe(0);
    },
  );

  it("makes one file of parts", async () => {
    const file = readFixture("gguf/model.Q8_0.gguf");
    const parts = join(folder, "parts");
    mkdirSync(parts);
    for (const [name, bytes] of Object.entries(splitGguf(file, { sizes: [2, 3, 1] }))) {
      writeFileSync(join(parts, name), bytes);
    }
    const out = join(folder, "joined.gguf");
    expect((await cli(["convert", join(parts, "m-00002-of-00003.gguf"), out])).code).toBe(0);
    const all = async (path: string) => {
      const { tensors, close } = await openCheckpoint(await openPath(path));
      const read = await contents(tensors);
      await close();
      return read;
    };
    expect(await all(out)).toEqual(await all(fixture("gguf/model.Q8_0.gguf")));
  });
});
