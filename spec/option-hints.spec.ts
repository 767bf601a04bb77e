import { describe, expect, it } from "vitest";
import { hintFor, nearest } from "../src/option-hints.ts";

const GENERATE = "temperature topP topK maxTokens seed stop signal cache".split(" ");
const CHAT = [...GENERATE, "messages", "contextLength", "allowTurnMarkers"];
const LOAD = "backend precision embedScale background signal onProgress".split(" ");
const HUB = "token endpoint cacheDir signal onProgress".split(" ");

describe("the hint for an unknown option", () => {
  it.each<[name: string, known: readonly string[], hint: string | undefined]>([
    // transformers and transformers.js
    ["max_new_tokens", GENERATE, "did you mean maxTokens?"],
    ["maxNewTokens", GENERATE, "did you mean maxTokens?"],
    ["do_sample", GENERATE, "did you mean temperature?"],
    ["num_return_sequences", GENERATE, "generateBatch continues one prompt several times"],
    ["repetition_penalty", GENERATE, "there is no penalty"],
    ["dtype", LOAD, "did you mean precision?"],
    ["device", LOAD, "did you mean backend?"],
    ["quantized", LOAD, "open a GGUF file"],
    ["progress_callback", LOAD, "did you mean onProgress?"],
    ["cache_dir", HUB, "did you mean cacheDir?"],
    ["revision", HUB, "hf:OWNER/NAME@REVISION"],
    ["streamer", GENERATE, "for await"],
    // OpenAI
    ["max_tokens", GENERATE, "did you mean maxTokens?"],
    ["max_completion_tokens", GENERATE, "did you mean maxTokens?"],
    ["top_p", GENERATE, "did you mean topP?"],
    ["stop_sequences", GENERATE, "did you mean stop?"],
    ["stream", GENERATE, "for await"],
    ["logit_bias", GENERATE, "nextToken"],
    ["n", GENERATE, "generateBatch"],
    ["system", CHAT, "at the start of the first user message"],
    // llama.cpp and node-llama-cpp
    ["n_predict", GENERATE, "did you mean maxTokens?"],
    ["top_k", GENERATE, "did you mean topK?"],
    ["minP", GENERATE, "temperature, topP and topK are all there is"],
    ["repeatPenalty", GENERATE, "there is no penalty"],
    ["repetitionPenalty", GENERATE, "there is no penalty"],
    ["systemPrompt", CHAT, "at the start of the first user message"],
    ["system_prompt", CHAT, "at the start of the first user message"],
    ["customStopTriggers", GENERATE, "did you mean stop?"],
    ["n_ctx", CHAT, "did you mean contextLength?"],
    ["n_gpu_layers", LOAD, "one thread"],
    // our own, of another call, and slips
    ["precision", GENERATE, "precision is an option of Gemma.load"],
    ["temperature", LOAD, "temperature is an option of generate"],
    ["Max-Tokens", GENERATE, "did you mean maxTokens?"],
    ["maxToken", GENERATE, "did you mean maxTokens?"],
    ["temprature", GENERATE, "did you mean temperature?"],
    ["frobnicate", GENERATE, undefined],
    ["", GENERATE, undefined],
    ["x".repeat(1e6), GENERATE, undefined],
  ])("%s", (name, known, hint) => {
    const given = hintFor(name, known);
    if (hint === undefined) expect(given).toBeUndefined();
    else expect(given).toContain(hint);
  });
});

describe("the nearest name", () => {
  it("differs in at most a third of its letters; of equally near ones it is the first", () => {
    expect(nearest("stpo", ["seed", "stop"])).toBeUndefined();
    expect(nearest("sotop", ["seed", "stop"])).toBe("stop");
    expect(nearest("topX", ["topP", "topK"])).toBe("topP");
  });
});
