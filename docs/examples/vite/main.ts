import { Gemma } from "gemma-reference";

const gemma = await Gemma.load(new URL("model/", location.href));
for await (const { text } of gemma.chat().send("Tell me a story about Mira the fox."))
  document.querySelector("#story")?.append(text);
