import { Gemma } from "gemma-reference";
import { tinyModelPath } from "gemma-reference/node";

const gemma = await Gemma.load(tinyModelPath(), { backend: "wasm" });
const mira = "Mira the fox had 6 plums. At the lighthouse";
const { sites } = await gemma.patchingSweep({
  clean: mira.replace("Mira", "Sam"), // a vector of this run …
  corrupted: mira, // … in this one, and again for each place
  metric: { correct: gemma.encode(" she")[1], wrong: gemma.encode(" he")[1] },
  sites: "resid_post",
  positions: [1, 8, 11], // the name, the full stop, the last word
});
const { raw, layers } = sites.resid_post;
for (const l of layers) {
  console.log(`after block ${l}:`, ...[0, 1, 2].map((place) => raw.get(l, place).toFixed(1)));
}
await gemma.dispose();
