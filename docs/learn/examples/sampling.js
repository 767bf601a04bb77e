import { Gemma } from "gemma-reference";
import { tinyModelPath } from "gemma-reference/node";

const gemma = await Gemma.load(tinyModelPath(), { backend: "wasm" });
const prompt = "Mira the fox had 6 plums. At the lighthouse she";
for (const seed of [0, 1, 4]) {
  const options = { temperature: 1, topP: 0.95, topK: 64, seed, maxTokens: 16 };
  console.log(seed, await gemma.generate(prompt, options).text());
}
await gemma.dispose();
