import { describe, expect, it } from "vitest";
import {
  adapterFiles,
  foreignFormat,
  ggufModels,
  partNumbers,
  renamedPart,
} from "../../src/source/folder-kind.ts";

describe("foreignFormat", () => {
  // Names as these programs are known to write them; only some have been held against their sources.
  it.each<[string, string[], string]>([
    ["ONNX of transformers.js", ["config.json", "onnx"], "onnx is of ONNX"],
    ["ONNX", ["genai_config.json", "model.onnx", "model.onnx.data"], "model.onnx is of ONNX"],
    ["DeepSpeed", ["global_step10", "latest", "zero_to_fp32.py"], "run the zero_to_fp32.py"],
    [
      "DeepSpeed, inside",
      ["mp_rank_00_model_states.pt"],
      "mp_rank_00_model_states.pt is of DeepSpeed",
    ],
    [
      "DeepSpeed ZeRO, inside",
      ["bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt"],
      "is of DeepSpeed",
    ],
    ["FSDP", [".metadata", "__0_0.distcp"], "format_utils dcp_to_torch"],
    ["FSDP of accelerate", ["pytorch_model_fsdp_0", "optimizer_0"], "dcp_to_torch"],
    ["OpenVINO", ["openvino_model.bin", "openvino_model.xml"], "openvino_model.bin is of OpenVINO"],
    ["MediaPipe", ["gemma-2b-it-cpu-int4.task"], "is of LiteRT (MediaPipe)"],
    ["Core ML", ["Gemma.mlpackage"], "Gemma.mlpackage is of Core ML"],
    ["TensorRT", ["config.json", "rank0.engine"], "rank0.engine is of TensorRT"],
    ["MLC", ["mlc-chat-config.json", "params_shard_0.bin"], "is of MLC"],
    ["ExecuTorch", ["gemma.pte"], "gemma.pte is of ExecuTorch"],
    ["a llamafile", ["gemma-2b-it.llamafile"], "open the .gguf that unzip finds in it"],
    ["an archive", ["gemma-2b.tar.gz"], "gemma-2b.tar.gz is an archive, which is not read: unpack"],
    [
      "ollama's store",
      ["blobs", "manifests"],
      "these are models of ollama: open the file in blobs/",
    ],
    ["ollama's blobs", [`sha256-${"0".repeat(64)}`, `sha256-${"a".repeat(64)}`], "ollama"],
    ["ollama's manifests", ["registry.ollama.ai"], "ollama"],
    ["ollama's manifests of one model", ["2b", "7b-instruct-q4_0", "latest"], "ollama"],
    ["ollama's blobs, looked at by Finder", [".DS_Store", `sha256-${"0".repeat(64)}`], "ollama"],
    ["ollama's home", ["history", "id_ed25519", "id_ed25519.pub", "models"], "ollama"],
    ["Google's Flax, from outside", ["2b-it", "tokenizer.model"], "2b-it is of Flax (Orbax)"],
    ["MediaPipe, before .task", ["gemma-2b-it-cpu-int4.bin"], "is of LiteRT (MediaPipe)"],
    ["litgpt", ["lit_model.pth", "model_config.yaml"], "run litgpt convert_from_litgpt FOLDER OUT"],
    ["NeMo", ["gemma.nemo"], "gemma.nemo is of NeMo, which is not read: export it to Hugging Face"],
    [
      "NeMo, unpacked",
      ["model_config.yaml", "model_weights.ckpt"],
      "model_weights.ckpt is of NeMo",
    ],
    ["NeMo 2", ["context", "weights"], "these are folders of NeMo, which is not read: export it"],
    [
      "Megatron",
      ["iter_0000100", "latest_checkpointed_iteration.txt"],
      "iter_0000100 is of Megatron, which is not read: export it",
    ],
    [
      "pieces of a GGUF file",
      ["x.gguf-split-a", "x.gguf-split-b"],
      "x.gguf-split-a is a piece of a GGUF file, which is not read: join all of them in their order",
    ],
    ["pieces of a GGUF file, by number", ["m.gguf.part1of2"], "is a piece of a GGUF file"],
  ])("knows %s, and a way out", (_, names, message) => {
    expect(foreignFormat(names)).toContain(message);
  });

  it.each([
    [["config.json", "model.safetensors", "tokenizer.model"]],
    [["blobs", "refs", "snapshots"]],
    [[".DS_Store"]],
    [["2b", "notes.txt"]],
    [["context", "notes.txt"]],
    [["notes.txt", `sha256-${"0".repeat(64)}`]],
    [[]],
  ])("takes %j for none", (names) => {
    expect(foreignFormat(names)).toBeUndefined();
  });
});

describe("adapterFiles", () => {
  it("are those that trainers write, and no weights", () => {
    const files = [
      "adapter_config.json",
      "adapter_model.bin",
      "adapter_model.safetensors",
      "adapters.safetensors",
      "0000100_adapters.safetensors",
      "adapters.npz",
      "adapter_0.pt",
      "adapter_model.pt",
      "adapter_model-00001-of-00002.safetensors",
      "adapter_model.safetensors.index.json",
      "pytorch_lora_weights.safetensors",
      "pytorch_adapter.bin",
      "lora.safetensors",
      "lit_model.pth.lora",
      "lit_model.pth.adapter_v2",
      "ggml-adapter-model.gguf",
      "ggml-adapter-model-f16.bin",
    ];
    const others = [
      "config.json",
      "model.safetensors",
      "my_adapter_merged.safetensors",
      "gemma-lora.gguf",
      "lit_model.pth",
    ];
    expect(adapterFiles([...files, ...others])).toEqual(files);
  });
});

describe("parts of GGUF files", () => {
  it("are told by their names", () => {
    expect(partNumbers("q/m-00002-of-00010.gguf")).toEqual({ number: 2, count: 10 });
    expect(partNumbers("m-2-of-10.gguf")).toBeUndefined();
    expect(partNumbers("model-00001-of-00002.safetensors")).toBeUndefined();
    expect(renamedPart("q/m-00002-of-00010.GGUF", 7)).toBe("q/m-00007-of-00010.GGUF");
  });

  it("are one model, and other files each their own", () => {
    const names = [
      "m-00002-of-00002.gguf",
      "m.gguf",
      "m-00001-of-00002.gguf",
      "m-00001-of-00003.gguf",
    ];
    expect(ggufModels(names)).toEqual([
      ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"],
      ["m-00001-of-00003.gguf"],
      ["m.gguf"],
    ]);
    expect(ggufModels([])).toEqual([]);
  });
});
