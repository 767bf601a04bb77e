import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { readSafetensorsHeader } from "../../../src/checkpoint/safetensors/read.ts";
import { Model } from "../../../src/model/model.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { zip } from "../../support/files/zip.ts";
import { golden, goldens, promptLogits, readFixture } from "../../support/goldens.ts";

describe("an archive of NumPy", () => {
  const DESCR: Record<string, string> = { U32: "<u4", F16: "<f2", F32: "<f4", BF16: "|V2" };
  const npy = (descr: string, shape: readonly number[], data: Uint8Array) => {
    const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
    const padded = text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11);
    const head = new TextEncoder().encode(`\x93NUMPY\x01\x00..${padded}\n`).slice(1);
    head[0] = 0x93;
    head[8] = (padded.length + 1) & 255;
    head[9] = (padded.length + 1) >> 8;
    const file = new Uint8Array(head.length + data.length);
    file.set(head);
    file.set(data, head.length);
    return file;
  };

  it("may hold what MLX has packed, too", async () => {
    const [config, file] = ["config.json", "model.safetensors"].map((name) =>
      readFixture(`packed/mlx-mixed/${name}`),
    );
    const members = new Map([["config.json", config]]);
    const { entries, dataBegin } = await readSafetensorsHeader(bytesSource(file));
    for (const [name, { dtype, shape, begin, end }] of entries) {
      const data = file.subarray(dataBegin + begin, dataBegin + end);
      members.set(`${name}.npy`, npy(DESCR[dtype], shape, data));
    }
    const archive = bytesSource(zip(Object.fromEntries(members)), "x.npz");
    const { storage, tensors, config: shape } = await openCheckpoint(archive);
    expect(storage).toBe("MLX, 4 bits in groups of 32, some layers otherwise");
    const backend = cpuBackend({ precision: "float64" });
    const model = await Model.load({ config: shape, tensors, backend });
    const expected = golden("packed/goldens.npz", "mlx-mixed");
    const ids = Array.from(goldens("packed/goldens.npz").get("ids")?.data as Int32Array);
    const far = (await promptLogits(model, ids)).map((x, i) => Math.abs(x - expected[i]));
    expect(Math.max(...far)).toBeLessThan(1e-12);
  });
});
