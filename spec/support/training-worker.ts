/** The worker of docs/examples/training-worker in one file, with the source in the place of the package. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The package's doors, to the source of each. */
function doors(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(root("package.json"), "utf8")) as {
    exports: Record<string, { types?: string }>;
  };
  const found = Object.entries(exports).flatMap(([door, { types }]) => {
    const file = types?.replace("./dist", "src").replace(/\.d\.ts$/, ".ts");
    return file ? [[door.replace(/^\./, "gemma-reference"), root(file)] as const] : [];
  });
  // The longest first: esbuild takes the first that fits the beginning.
  return Object.fromEntries(found.sort(([a], [b]) => b.length - a.length));
}

/** What the field `browser` of package.json says to bundlers: pages do not open paths. */
const withoutPaths: Plugin = {
  name: "without-paths",
  setup({ onResolve }) {
    const path = root("src/node/open-path.browser.ts");
    onResolve({ filter: /\/node\/open-path\.ts$/ }, () => ({ path }));
  },
};

/** The bundle, for Node or for a page. */
export async function trainingWorker(platform: "node" | "browser"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [root("docs/examples/training-worker/worker.js")],
    ...{ bundle: true, format: "esm", write: false, platform, alias: doors() },
    plugins: platform === "browser" ? [withoutPaths] : [],
    external: ["node:*", "undici"],
  });
  return outputFiles[0].text;
}
