import { filesFolder, Gemma } from "gemma-reference";

const files = new Map<string, Blob>();
for (const name of ["config.json", "model.safetensors", "tokenizer.model"])
  files.set(name, await (await fetch(`model/${name}`)).blob());
const gemma = await Gemma.load(filesFolder(files));
for await (const { text } of gemma.chat().send("Tell me a story about Mira the fox."))
  document.querySelector("#story")?.append(text);
