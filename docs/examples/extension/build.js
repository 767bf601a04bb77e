// Copies the library and the tiny model into this folder: an extension has nothing but its own files.
import { cpSync } from "node:fs";

const from = "node_modules/gemma-reference";
// Of one version: browser.js starts its threads with the worker.js that lies beside it.
for (const file of ["browser.js", "worker.js"]) cpSync(`${from}/dist/${file}`, `library/${file}`);
for (const file of ["config.json", "model.safetensors", "tokenizer.model"]) {
  cpSync(`${from}/fixtures/tiny-stories-it/${file}`, `model/${file}`);
}
