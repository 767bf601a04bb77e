import { Gemma } from "gemma-reference";
import { tinyModelPath } from "gemma-reference/node";

const gemma = await Gemma.load(tinyModelPath(), { backend: "cpu", precision: "float64" });
const cache = await gemma.runWithCache("Mira the fox had 6 plums.", { names: "hook_embed" });
const x = cache.get("hook_embed");
console.log(x.shape); // tokens, channels
console.log(x.get(1, 0)); // “Mira”, channel 0
await gemma.dispose();
