import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { openTokenizer } from "../../src/checkpoint/open-tokenizer.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { rejection } from "../support/files/safetensors-file.ts";

/** A folder with a damaged `config.json`, or a damaged tokenizer, beside `weights` that come later. */
const damaged = (file: string, weights: string) =>
  filesFolder({ [file]: new Blob(["[]"]), [weights]: new Blob([]) }, "folder");

describe("a damaged file beside the weights", () => {
  it.each([
    ["openHfFolder", "model.safetensors"],
    ["openTorchFolder", "pytorch_model.bin"],
  ])("is refused in the name of %s", async (op, weights) => {
    const error = await rejection(openCheckpoint(damaged("config.json", weights)));
    expect(error).toHaveProperty("op", op);
    expect(error).toHaveProperty("file", "config.json");
  });

  it("is refused in the name of openTokenizer", async () => {
    const error = await rejection(openTokenizer(damaged("tokenizer.json", "model.safetensors")));
    expect(error).toHaveProperty("op", "openTokenizer");
    expect(error).toHaveProperty("file", "tokenizer.json");
  });
});
