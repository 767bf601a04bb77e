/**
 * Puts files beside the page, each under a path of its own: as files of a build, and from where they lie while one works.
 * @module
 */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** A file that lies somewhere, or what is in it. */
type Beside = string | (() => string);

const contentOf = (file: Beside) => (typeof file === "string" ? readFileSync(file) : file());

/** @param files where each lies, or what makes it, by its path below the page. */
export function filesBeside(files: Readonly<Record<string, Beside>>): Plugin {
  return {
    name: "files-beside",
    generateBundle() {
      for (const [fileName, file] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source: contentOf(file) });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const file = files[request.url?.slice(1) ?? ""];
        if (file === undefined) next();
        else response.end(contentOf(file));
      });
    },
  };
}
