/**
 * Puts files beside the page, each under a path of its own: as files of a build, and from where they lie while one works.
 * @module
 */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** @param files where each lies, by its path below the page. */
export function filesBeside(files: Readonly<Record<string, string>>): Plugin {
  return {
    name: "files-beside",
    generateBundle() {
      for (const [fileName, path] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const path = files[request.url?.slice(1) ?? ""];
        if (path === undefined) next();
        else response.end(readFileSync(path));
      });
    },
  };
}
