import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { type Entry, ggufFile, type TensorRow } from "../../support/files/gguf-file.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import { GGUF_METADATA, GGUF_TENSORS } from "../../support/files/small-checkpoint.ts";

const open = (metadata: Record<string, Entry>, tensors: readonly TensorRow[] = []) =>
  openCheckpoint(bytesSource(ggufFile(metadata, tensors), "x.gguf"));
describe("a GGUF file that is not a whole model", () => {
  const lora: TensorRow = {
    name: "blk.0.attn_q.weight.lora_a",
    dimensions: [8, 4],
    type: 0,
    bytes: new Uint8Array(128),
  };
  it.each<[string, Record<string, Entry>, readonly TensorRow[], string]>([
    [
      "an adapter, by its type",
      { "general.type": [8, "adapter"], "adapter.type": [8, "lora"] },
      [],
      "got a LoRA adapter; load its base model with it: Gemma.load(BASE, { adapter: FILE })",
    ],
    ["an adapter, by its tensors", {}, [lora], "got a LoRA adapter"],
    ["a projector of images", { "general.type": [8, "mmproj"] }, [], "got a projector of images"],
    [
      "an older projector of images",
      { "general.architecture": [8, "clip"], "clip.has_vision_encoder": [7, 1] },
      [],
      "got a projector of images (mmproj); open the model's own .gguf, without mmproj in its name",
    ],
    [
      "a control vector",
      { "general.architecture": [8, "controlvector"], "controlvector.model_hint": [8, "gemma"] },
      [],
      "got a control vector; open the model's own .gguf; what a vector adds to it is not computed",
    ],
    ["an importance matrix", { "general.type": [8, "imatrix"] }, [], "got an importance matrix"],
  ])("is called %s", async (_, metadata, tensors, message) => {
    const general: Entry = [8, "gemma"];
    const error = (await rejection(
      open({ "general.architecture": general, ...metadata }, tensors),
    )) as Error;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`x.gguf: "general.type" expected a model, ${message}`);
  });

  it("is a whole one where its type says so", async () => {
    await open({ ...GGUF_METADATA, "general.type": [8, "model"] }, GGUF_TENSORS);
  });
});
