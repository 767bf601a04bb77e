import { Gemma } from "gemma-reference";
import { tinyModelPath } from "gemma-reference/node";

const gemma = await Gemma.load(tinyModelPath(), { backend: "cpu", precision: "float64" });
const names = ["hook_rot_q", "hook_rot_k", "hook_pattern"].map((tap) => `blocks.0.attn.${tap}`);
const cache = await gemma.runWithCache("Mira the fox had 6 plums.", { names });
const [q, k, pattern] = names.map((name) => cache.get(name));

const row = 8; // the full stop
const scores = Array.from({ length: row + 1 }, (_, s) => {
  let dot = 0;
  for (let h = 0; h < 64; h++) dot += q.get(row, 0, h) * k.get(s, 0, h); // head 0
  return dot / Math.sqrt(64);
});
const largest = Math.max(...scores);
const powers = scores.map((score) => Math.exp(score - largest));
const sum = powers.reduce((a, b) => a + b);
console.log(scores[1], powers[1] / sum); // yours: “Mira”
console.log(pattern.get(0, row, 1)); // the model's
await gemma.dispose();
