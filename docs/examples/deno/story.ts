import { Gemma } from "gemma-reference";
import { tinyModelPath } from "gemma-reference/node";

const gemma = await Gemma.load(tinyModelPath());
for await (const { text } of gemma.chat().send("Tell me a story about Mira the fox."))
  process.stdout.write(text);
await gemma.dispose();
