/** Reward models as Hugging Face's classifiers with one label, in and out. */
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import {
  openRewardModel,
  type RewardModelFilesOptions,
  rewardModelFiles,
} from "../../../src/preference/reward/files.ts";
import { RewardModel } from "../../../src/preference/reward/reward-model.ts";
import type { FileStream } from "../../../src/source/file-stream.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { fixtureFolder } from "../../support/files.ts";
import { learningCheckpoint } from "../../support/learning.ts";

async function bytesOf(file: FileStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk.slice());
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  expect(bytes.length).toBe(file.size);
  return bytes;
}

type Files = Record<string, Uint8Array>;

async function written(
  model: RewardModel,
  from: Parameters<typeof rewardModelFiles>[1],
  options?: RewardModelFilesOptions,
): Promise<Files> {
  const files = [...rewardModelFiles(model, from, options)];
  return Object.fromEntries(
    await Promise.all(files.map(async ([name, file]) => [name, await bytesOf(file)] as const)),
  );
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const folderOf = (files: Files) => filesFolder(files as never, "reward");
const headerOf = (bytes: Uint8Array) => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return JSON.parse(text(bytes.subarray(8, 8 + length))) as Record<
    string,
    { shape: number[]; dtype: string }
  >;
};

const micro = await learningCheckpoint("micro");
const ANSWERS = [{ ids: [2, 5, 9, 7] }, { ids: [2, 3] }];

describe("a reward model in files", () => {
  it("is Hugging Face's classifier with one label, without an output layer", async () => {
    const model = await RewardModel.from(micro, { headSeed: 3 });
    const files = await written(model, micro);
    expect(Object.keys(files)).toEqual([
      "config.json",
      "generation_config.json",
      "model.safetensors",
    ]);
    expect(JSON.parse(text(files["config.json"]))).toMatchObject({
      architectures: ["GemmaForSequenceClassification"],
      model_type: "gemma",
      num_labels: 1,
      id2label: { "0": "LABEL_0" },
      label2id: { LABEL_0: 0 },
      pad_token_id: 0,
    });
    const names = Object.keys(headerOf(files["model.safetensors"]));
    expect(names[0]).toBe("__metadata__");
    expect(names.at(-1)).toBe("score.weight");
    expect(names.slice(1, -1).every((name) => name.startsWith("model."))).toBe(true);
    expect(names.length).toBe(micro.tensors.size + 2);
    expect(headerOf(files["model.safetensors"])["score.weight"].shape).toEqual([1, 16]);
  });

  it("comes back to the byte, with the same rewards", async () => {
    const model = await RewardModel.from(micro, { headSeed: 3 });
    const files = await written(model, micro);
    const { model: again, checkpoint } = await openRewardModel(folderOf(files));
    expect(await again.rewards(ANSWERS)).toEqual(await model.rewards(ANSWERS));
    expect(await written(again, checkpoint)).toEqual(files);
    await checkpoint.close();
    const narrow = await written(model, micro, { type: "BF16" });
    const small = await openRewardModel(folderOf(narrow));
    expect(await written(small.model, small.checkpoint, { type: "BF16" })).toEqual(narrow);
    expect(headerOf(narrow["model.safetensors"])["score.weight"].dtype).toBe("BF16");
    const [wide, rounded] = [await model.rewards(ANSWERS), await small.model.rewards(ANSWERS)];
    expect(rounded[0]).not.toBe(wide[0]);
    expect(Math.abs(rounded[0] - wide[0])).toBeLessThan(0.02 * Math.abs(wide[0]) + 0.01);
    await small.checkpoint.close();
  });

  it("brings the tokenizer of the model that it was made from", async () => {
    const from = await openCheckpoint(fixtureFolder("tiny-stories-it"));
    const model = await RewardModel.from(from);
    const names = [...rewardModelFiles(model, from).keys()];
    expect(names).toContain("tokenizer.model");
    expect(names.at(-1)).toBe("model.safetensors");
    await from.close();
  });

  it("is refused where it has no head, or tells labels apart", async () => {
    const files = await written(await RewardModel.from(micro, { headSeed: 3 }), micro);
    const config = JSON.parse(text(files["config.json"])) as Record<string, unknown>;
    const opened = (changes: object) => {
      const json = new TextEncoder().encode(JSON.stringify({ ...config, ...changes }));
      return openRewardModel(folderOf({ ...files, "config.json": json })).then(
        () => new Error("it was read"),
        (error: Error) => error,
      );
    };
    const two = await opened({ num_labels: 2 });
    expect(two).toBeInstanceOf(FormatError);
    expect(two.message).toContain('"num_labels" expected 1, got 2; a reward is one number');
    const named = { num_labels: undefined, id2label: { 0: "good", 1: "bad" } };
    expect((await opened(named)).message).toContain('"id2label" expected one label, got 2');
    // What transformers itself writes of one label.
    expect((await opened({ num_labels: undefined })).message).toBe("it was read");
    const none = openRewardModel(fixtureFolder("learning/models/micro"));
    await expect(none).rejects.toThrow(
      '"score.weight" expected the head of a reward model, [1, D], got no tensor of that name; this is a model of text',
    );
    const signal = AbortSignal.abort();
    await expect(openRewardModel(folderOf(files), { signal })).rejects.toThrow(/abort/);
  });

  it("is no model of text, and says what it is", async () => {
    const files = await written(await RewardModel.from(micro, { headSeed: 3 }), micro);
    const error = await Gemma.load(folderOf(files), { backend: "cpu" }).catch((refused) => refused);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(
      '"score.weight" expected only the tensors of a Gemma 1, got that of a model that scores or classifies',
    );
    expect(error.message).toContain("openRewardModel");
  });
});
