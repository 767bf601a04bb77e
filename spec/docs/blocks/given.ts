/** What documents take for granted. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Testee } from "../../../src/conformance/run/testee.ts";
import { tinyModelPath } from "../../../src/node/index.ts";
import { scratchFolder } from "../../support/scratch.ts";
import type { Given } from "./run.ts";

const written = scratchFolder("blocks");
const planted = (name: string) => join("fixtures/learning/pretraining", name);

/** The files of the tiny model, as an element of a page has them. */
const files = () =>
  readdirSync(tinyModelPath()).map(
    (name) => new File([readFileSync(join(tinyModelPath(), name))], name),
  );

/** An engine that does nothing yet. */
const myEngine: Testee = {
  info: { name: "mine" },
  load: async () => {
    throw new Error("not written yet");
  },
  reset: async () => {},
  forward: async () => new Map(),
};

/** By document. */
export const GIVEN: Readonly<Record<string, Given>> = {
  "docs/audit.md": {
    paths: {
      "corpus.jsonl": "fixtures/evaluation/planted/documents.jsonl",
      "./gemma-2b": "fixtures/evaluation/planted",
    },
  },
  "docs/backends.md": { names: { path: tinyModelPath() } },
  "docs/checkpoints.md": {
    paths: {
      "./gemma-2b-it": tinyModelPath(),
      "gemma-2b-it.Q8_0.gguf": join(written, "gemma.gguf"),
    },
  },
  "docs/examples/README.md": { names: { input: { files: files() } } },
  "docs/interp.md": { paths: { "cache.npz": join(written, "cache.npz") } },
  "docs/preference.md": {
    paths: {
      "pairs.jsonl": "fixtures/learning/tales/pairs-train.jsonl",
      "./tuned": tinyModelPath(),
    },
  },
  "docs/testing-an-engine.md": { names: { myEngine } },
  "docs/using.md": { paths: { "monday.safetensors": join(written, "monday.safetensors") } },
  "docs/training.md": {
    paths: {
      "chats.jsonl": "fixtures/learning/tales/sft-valid.jsonl",
      "./gemma-2b-it": tinyModelPath(),
      run: join(written, "run"),
    },
  },
  "docs/training-data.md": {
    paths: {
      "documents.jsonl": planted("documents.jsonl"),
      "items.jsonl": planted("evaluation.jsonl"),
      "corpus.npz": planted("corpus.npz"),
    },
  },
  "docs/text.md": {
    names: { path: tinyModelPath(), log: () => {}, question: "What is 3 plus 4?" },
  },
};
