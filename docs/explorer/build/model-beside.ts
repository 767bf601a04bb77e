/**
 * Puts the bundled model beside the page, under `model/`: as files of a build, and from where it lies while one works.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { MODEL_FILES } from "../src/model-files.ts";

export function modelBeside(folder: string): Plugin {
  return {
    name: "model-beside",
    generateBundle() {
      for (const file of MODEL_FILES) {
        const source = readFileSync(join(folder, file));
        this.emitFile({ type: "asset", fileName: `model/${file}`, source });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const file = MODEL_FILES.find((name) => request.url === `/model/${name}`);
        if (file === undefined) next();
        else response.end(readFileSync(join(folder, file)));
      });
    },
  };
}
