import { describe, expect, it } from "vitest";
import { fileKind } from "../../src/source/file-kind.ts";

/** First bytes as each format's own documentation gives them. */
const HEADS: [string, string][] = [
  ["lfs-pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5012344832\n"],
  ["gguf", "GGUF\x03\0\0\0"],
  ["zip", "PK\x03\x04\0\0\x08\x08\0\0"],
  ["pickle", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."],
  ["hdf5", "\x89HDF\r\n\x1a\n"],
  ["sbs", "SBS\n\x05\0\0\0"],
  ["npy", "\x93NUMPY\x01\0v\0"],
  ["gzip", "\x1f\x8b\x08\0"],
  ["html", "\n<!DOCTYPE html>\n<html>"],
  ["refusal", "Access to model google/gemma-2b is restricted."],
  ["json", '{"error": "Repository not found"}'],
  ["empty", ""],
  ["tar", `gemma-2b/config.json${"\0".repeat(237)}ustar\x0000`],
  ["compressed", "\x28\xb5\x2f\xfd\x04"],
  ["compressed", "\xfd7zXZ\0\0\x04"],
  ["compressed", "7z\xbc\xaf\x27\x1c\0\x04"],
  ["program", "MZqFpD='\n"],
  ["program", "\x7fELF\x02\x01\x01"],
  ["tflite", "\x1c\0\0\0TFL3\x14\0\x20\0"],
  ["tflite", "LITERTLM\x01\0\0\0"],
  ["onnx", "\x08\x08\x12\x07pytorch\x1a\x052.2.0"],
  ["onnx", "\x08\x0a\x12\x21onnxruntime.transformers optimizer"],
  ["openvino", '<?xml version="1.0"?>\n<net name="Model0" version="11">'],
  ["tensorrt", "ftrt\0\0\0\0"],
  ["ctranslate2", "\x06\0\0\0\x1c\0TransformerDecoderModelSpec\0"],
  ["zeros", "\0".repeat(64)],
];

describe("fileKind", () => {
  it.each(HEADS)("recognises %s by its first bytes", (kind, head) => {
    const found = fileKind(Uint8Array.from(head, (char) => char.charCodeAt(0)));
    expect(found?.kind).toBe(kind);
    expect(found?.hint).not.toBe("");
  });

  it.each([
    ["\x89HDF\r\n\x1a\n", "export_gemma_to_hf.py"],
    ["SBS\n\x05", "get the same model in safetensors or GGUF"],
  ])("says how to come from %j to what is read", (head, hint) => {
    const found = fileKind(Uint8Array.from(head, (char) => char.charCodeAt(0)));
    expect(found?.hint).toContain(hint);
  });

  it.each([
    ['{"weight_map": {"a": "b.safetensors"}}', "the index of a checkpoint in shards"],
    [
      '{\n  "metadata": {\n "total_size": 5 },\n "weight_map": {',
      "the index of a checkpoint in shards",
    ],
    ['{"architectures": ["GemmaForCausalLM"], ', "a model's config"],
    ['{"alpha_pattern": {}, "base_model_name_or_path": "google/gemma-2b"', "a model's config"],
    ['{"version": "1.0", "truncation": null, "padding": null, ', "a tokenizer's JSON"],
    ['{"bos_token": {"content": "<bos>", "lstrip": false', "a tokenizer's JSON"],
    ['{\n  "additional_special_tokens": ["<start_of_turn>"', "a tokenizer's JSON"],
    ['{\n  "<image>": 257152', "a tokenizer's JSON"],
    ['{"add_bos_token": true, "added_tokens_decoder": {', "a tokenizer's JSON"],
  ])("says of %j what it is, and that the folder around it is the model", (head, title) => {
    const found = fileKind(new TextEncoder().encode(head));
    expect(found).toEqual({ kind: "json", title, hint: "open the folder it lies in" });
  });

  it("knows the settings of a processor, which no Gemma 1 has", () => {
    for (const head of ['{"do_resize": true,', '{"processor_class": "PaliGemmaProcessor"}']) {
      const { title, hint } = fileKind(new TextEncoder().encode(head)) ?? {};
      expect(title).toBe("the settings of a processor of images or sounds");
      expect(hint).toBe("Gemma 1 has none; PaliGemma and its kind compute differently");
    }
  });

  it("does not guess", () => {
    expect(fileKind(Uint8Array.of(0x08, 0x08, 0x12, 0x07, 0x01, 0x02))).toBeUndefined();
    expect(fileKind(Uint8Array.of(0x0a, 0x0e, 0x0a, 0x05, 0x3c, 0x70))?.kind).toBeUndefined();
    expect(fileKind(Uint8Array.of(8, 8, 0, 0, 0, 0, 0, 0, 0x7b))).toBeUndefined();
  });
});
