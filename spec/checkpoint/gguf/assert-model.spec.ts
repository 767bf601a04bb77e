import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { type Entry, ggufFile, type TensorRow } from "../../support/files/gguf-file.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import { GGUF_METADATA, GGUF_TENSORS } from "../../support/files/small-checkpoint.ts";

const open = (metadata: Record<string, Entry>, tensors: readonly TensorRow[] = []) =>
  openCheckpoint(bytesSource(ggufFile(metadata, tensors), "x.gguf"));
/** As llama-gguf-split writes them: the first part has the model's own metadata, too. */
const part = (number: number, metadata: Record<string, Entry> = {}) => ({
  ...metadata,
  "split.no": [2, number] as Entry,
  "split.count": [2, 2] as Entry,
  "split.tensors.count": [5, GGUF_TENSORS.length] as Entry,
});
const FIRST = ggufFile(part(0, GGUF_METADATA), GGUF_TENSORS.slice(0, 9));
const SECOND = ggufFile(part(1), GGUF_TENSORS.slice(9));
const MERGE = "make one file of all parts with llama.cpp: llama-gguf-split --merge FIRST-PART OUT";

describe("a GGUF file that is not a whole model", () => {
  it.each([
    [1, FIRST],
    [2, SECOND],
  ])("is called part %i of one", async (number, bytes) => {
    const error = (await rejection(openCheckpoint(bytesSource(bytes, "x.gguf")))) as Error;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(
      `x.gguf: "split.count" expected a model in one file, got part ${number} of 2; ${MERGE}`,
    );
  });

  it("is called that in a folder of all parts, too", async () => {
    const files = { "m-00001-of-00002.gguf": FIRST, "m-00002-of-00002.gguf": SECOND };
    const error = (await rejection(openCheckpoint(filesFolder(files, "m")))) as Error;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`got m-00001-of-00002.gguf, m-00002-of-00002.gguf; ${MERGE}`);
  });

  it("is a whole one if it was split into one", async () => {
    const one = { ...GGUF_METADATA, "split.no": [2, 0] as Entry, "split.count": [2, 1] as Entry };
    expect((await open(one, GGUF_TENSORS)).tensors.size).toBe(GGUF_TENSORS.length);
  });

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
