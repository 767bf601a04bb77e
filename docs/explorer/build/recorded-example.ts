/**
 * The recorded example: the first screen of the page's own prompt, computed by the library while the page is built, so
 * that there is something to see before the model has arrived. Imported as `virtual:example`.
 * @module
 */
import type { Plugin } from "vite";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import { inspect } from "../src/answers/inspect/inspect.ts";
import { overviewOf } from "../src/answers/overview.ts";
import { openSubject } from "../src/answers/subject.ts";
import { defaultCell } from "../src/default-cell.ts";
import { EXAMPLE_PROMPT } from "../src/link.ts";
import type { Example } from "../src/messages.ts";

const NAME = "virtual:example";
const NO_SETTINGS = {
  ...{ token: undefined, against: undefined },
  ...{ temperature: undefined, topP: undefined, topK: undefined },
};

export function recordedExample(): Plugin {
  return {
    name: "recorded-example",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    async load(id) {
      if (id !== `\0${NAME}`) return undefined;
      return `export default ${JSON.stringify(await exampleOf(), short)};`;
    },
  };
}

export async function exampleOf(): Promise<Example> {
  const subject = await openSubject(tinyModelPath(), "tiny-stories-it");
  const overview = await overviewOf(subject, EXAMPLE_PROMPT, undefined);
  const { layer, head, cell } = defaultCell(overview);
  const { pos } = overview;
  const asked = { prompt: EXAMPLE_PROMPT, pos, layer, head, cell, settings: NO_SETTINGS };
  const finding = await inspect(subject, asked);
  await subject.gemma.dispose();
  return { overview, finding };
}

/** Fewer digits than the eye sees in a picture: the numbers themselves come with the model. */
function short(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const values = [...(value as Float64Array)];
    const step = Math.max(...values.map(Math.abs)) / 400;
    return values.map((x) => (Math.abs(x) < step ? 0 : Number(x.toPrecision(2))));
  }
  return typeof value === "number" ? Number(value.toPrecision(7)) : value;
}
