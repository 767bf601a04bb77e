import { defineConfig } from "vite";

/** They isolate the page, so that the threads of "wasm" may share memory. Without them it computes on one. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  // The library imports the backend that is asked for, and so the worker has to be a module.
  worker: { format: "es" },
  server: { headers },
  preview: { headers },
});
