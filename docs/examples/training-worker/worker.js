/**
 * The worker: it tunes a model, and posts what each step reports. The same file runs in a worker of Node and in a module
 * worker of a page.
 *
 *     to it      { type: "tune", model, rows, options }    once; `model` are the files of one, bytes or Blobs by name
 *                { type: "stop" }
 *     from it    { type: "report", report }                 each step
 *                { type: "stopped" }
 *                { type: "tuned", weights }                 model.safetensors, in bfloat16
 *                { type: "error", message }
 */
import { Gemma } from "gemma-reference";
import { simdMatmuls } from "gemma-reference/backend/wasm";
import { writeSafetensors } from "gemma-reference/checkpoint";
import { filesFolder } from "gemma-reference/source";
import { TrainableModel } from "gemma-reference/training";
import { sft } from "gemma-reference/tuning";

// In a page the worker is the global scope; in Node it has a port.
const inNode = typeof postMessage === "undefined";
const port = inNode ? (await import("node:worker_threads")).parentPort : globalThis;
const stop = new AbortController();

// Messages arrive while the model learns, because the event loop turns after every sequence.
port.addEventListener("message", ({ data }) => {
  if (data.type === "stop") stop.abort();
  else
    tune(data).then(
      (message) => port.postMessage(message, message.weights ? [message.weights.buffer] : []),
      ({ message }) => port.postMessage({ type: "error", message }),
    );
});
port.start?.();

async function tune({ model: files, rows, options }) {
  const gemma = await Gemma.load(filesFolder(files), { backend: "cpu" });
  const { config, sources: tensors } = gemma.model;
  const model = await TrainableModel.from({ config, tensors }, { matmuls: simdMatmuls() });
  const { tokenizer } = gemma;
  try {
    for await (const report of sft(model, rows, { ...options, tokenizer, signal: stop.signal })) {
      port.postMessage({ type: "report", report });
    }
  } catch (error) {
    if (stop.signal.aborted) return { type: "stopped" };
    throw error;
  }
  const file = writeSafetensors(model.tensors("bfloat16"));
  const weights = new Uint8Array(file.size);
  let at = 0;
  for await (const chunk of file.chunks()) {
    weights.set(chunk, at);
    at += chunk.length;
  }
  return { type: "tuned", weights };
}
