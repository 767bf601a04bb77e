/** Which files a model keeps open, whatever the format: the weights, which errors and traces read again. */
import { describe, expect, it } from "vitest";
import { Gemma } from "../src/gemma.ts";
import {
  type Files,
  GGUF,
  NPZ,
  SHARDED,
  SINGLE,
  smallBackend,
  TORCH,
  TORCH_SHARDS,
} from "./support/files/small-checkpoint.ts";
import { settled, type Watch, watch } from "./support/watched-folder.ts";

const FORMS: Readonly<Record<string, Files>> = {
  "one file of safetensors": SINGLE,
  "shards of safetensors": SHARDED,
  "a file of torch": TORCH,
  "shards of torch": TORCH_SHARDS,
  "a deflated .npz": NPZ,
  "a GGUF file": { "m.gguf": GGUF },
};
const isWeights = (file: string) => /\.(safetensors|bin|npz|gguf)$/.test(file);

function load({ folder }: Watch, signal?: AbortSignal): Promise<Gemma> {
  return settled(Gemma.load(folder, { backend: smallBackend(), signal }));
}

describe.each(Object.entries(FORMS))("a model from %s", (_, files) => {
  it("keeps its files of weights open, and no other, until it is disposed", async () => {
    const seen = watch(files);
    const gemma = await load(seen);
    expect([...seen.open].sort()).toEqual(Object.keys(files).filter(isWeights).sort());
    await settled(gemma.dispose());
    expect(seen.open).toEqual([]);
  });

  it("leaves none open when a load fails, or is aborted", async () => {
    const whole = watch(files);
    await (await load(whole)).dispose();
    const failure = new Error("EIO");
    // Not at every point, as hostile/disk-errors does: that takes a second for an archive.
    for (let at = 1; at <= whole.points.length; at += 5) {
      const failing = watch(files, (n) => {
        if (n === at) throw failure;
      });
      const error = await load(failing).catch((caught) => caught);
      expect([at, error.cause ?? error, failing.open]).toEqual([at, failure, []]);

      const abort = new AbortController();
      const stopped = watch(files, (n) => {
        if (n === at) abort.abort(failure);
      });
      const reason = await load(stopped, abort.signal).catch((caught) => caught);
      expect([at, reason, stopped.open]).toEqual([at, failure, []]);
    }
  });
});
