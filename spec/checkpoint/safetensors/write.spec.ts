import { describe, expect, it } from "vitest";
import type { SafetensorsOptions } from "../../../src/checkpoint/encode/encode.ts";
import { openGguf } from "../../../src/checkpoint/gguf/open.ts";
import {
  readSafetensors,
  readSafetensorsHeader,
} from "../../../src/checkpoint/safetensors/read.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { contents } from "../../support/contents.ts";
import { checkpoint, goldens, readFixture } from "../../support/goldens.ts";
import { whole } from "../../support/whole.ts";

type Tensors = ReadonlyMap<string, RowSource>;

async function written(tensors: Tensors, options?: SafetensorsOptions): Promise<Tensors> {
  return readSafetensors(bytesSource(await whole(writeSafetensors(tensors, options))));
}

const gguf = async (type: string) =>
  (await openGguf(bytesSource(readFixture(`gguf/model.${type}.gguf`)))).tensors;

describe("writeSafetensors", () => {
  it.each(["mqa", "mha-wide-heads", "gqa", "tiny-stories-it"])(
    "%s comes back bit for bit, in the same order",
    async (name) => {
      const { tensors } = await checkpoint(name);
      const back = await written(tensors);
      expect([...back.keys()]).toEqual([...tensors.keys()]);
      expect(await contents(back)).toEqual(await contents(tensors));
    },
  );

  it("takes the 1 out of GGUF's norms, which is exact", async () => {
    const { tensors } = await checkpoint("gguf");
    const back = await written(await gguf("BF16"), { type: "BF16" });
    expect(await contents(back)).toEqual(await contents(tensors)); // maps compare in any order
  });

  it("widens blocks to the float32 numbers that they stand for", async () => {
    const name = "model.layers.0.mlp.gate_proj.weight";
    for (const type of ["Q8_0", "Q4_0"]) {
      const matrix = (await written(await gguf(type))).get(name)!;
      const expected = goldens("gguf/goldens.npz").get(`gate_proj.${type}`)!.data as Float32Array;
      expect(matrix.dtype).toBe("float32");
      expect(await matrix.rows(0, 4)).toEqual(new Uint8Array(expected.buffer));
    }
  });

  it("rounds once, to nearest, where a narrower type is asked for", async () => {
    const { tensors } = await checkpoint("mqa");
    const wide = await written(tensors, { type: "F64" });
    expect(await contents(await written(wide, { type: "BF16" }))).toEqual(await contents(tensors));
  });

  it("says about the file what it is told to, and refuses what is no text", async () => {
    const stream = writeSafetensors(new Map(), { metadata: { run: "é", format: "np" } });
    const { metadata } = await readSafetensorsHeader(bytesSource(await whole(stream)));
    expect(Object.fromEntries(metadata)).toEqual({ run: "é", format: "np" });
    const numbers = { step: 1 } as unknown as Record<string, string>;
    expect(() => writeSafetensors(new Map(), { metadata: numbers })).toThrow(
      'writeSafetensors: "metadata" expected an object of strings, got {"step": 1}',
    );
  });

  it("aligns the data to 8 bytes and says what transformers asks for", async () => {
    const { tensors } = await checkpoint("mqa");
    const source = bytesSource(await whole(writeSafetensors(tensors)));
    const { dataBegin, metadata } = await readSafetensorsHeader(source);
    expect(dataBegin % 8).toBe(0);
    expect(metadata.get("format")).toBe("pt");
  });
});
