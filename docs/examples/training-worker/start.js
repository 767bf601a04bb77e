/** Tunes the bundled model in a worker of Node, while this thread stays free. */
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { Gemma } from "gemma-reference";
import { tinyModelPath } from "gemma-reference/node";
import { filesFolder } from "gemma-reference/source";

const folder = tinyModelPath();
const names = readdirSync(folder).filter((name) => /\.(json|model|safetensors)$/.test(name));
const model = new Map(names.map((name) => [name, readFileSync(`${folder}/${name}`)]));
const rows = ["fox", "crow", "mouse", "frog"].map((animal) => ({
  prompt: [{ role: "user", content: `What does the ${animal} say?` }],
  completion: [{ role: "model", content: "Nothing. It learns." }],
}));

const worker = new Worker(new URL("worker.js", import.meta.url));
const options = { learningRate: 2e-3, batchSize: 4, steps: 40 };
worker.postMessage({ type: "tune", model, rows, options });
process.once("SIGINT", () => worker.postMessage({ type: "stop" }));

worker.on("message", async ({ type, report, weights, message }) => {
  if (type === "report") {
    const { step, loss, tokensPerSecond } = report;
    console.log(`step ${step}: loss ${loss.toFixed(3)}, ${tokensPerSecond.toFixed(0)} tokens/s`);
    return;
  }
  await worker.terminate();
  if (type !== "tuned") return console.log(message ?? type);
  const tuned = await Gemma.load(filesFolder(new Map([...model, ["model.safetensors", weights]])));
  console.log(await tuned.chat().send("What does the frog say?").text());
  await tuned.dispose();
});
