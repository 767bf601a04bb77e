// What an extension's page may run: scripts of its own files, and WebAssembly.
import { filesFolder, Gemma } from "./library/browser.js";

/** An extension's files are not read by range, as a server's are: each is fetched whole. */
async function own(names) {
  const fetched = names.map(async (name) => [name, await (await fetch(`model/${name}`)).blob()]);
  return filesFolder(Object.fromEntries(await Promise.all(fetched)));
}

const files = await own(["config.json", "model.safetensors", "tokenizer.model"]);
const gemma = await Gemma.load(files, { onWarning: ({ message }) => console.warn(message) });
const { name, why } = gemma.backend.info;
document.querySelector("#how").textContent = ` with backend ${name}${why ? `, as ${why}` : ""}`;

const answer = gemma.chat().send(document.querySelector("h1").textContent);
for await (const { text } of answer) document.querySelector("#story").append(text);
document.body.dataset.done = answer.finishReason;
