/** The notebook of the examples shows what its code gives. `npx tsx fixtures/generate/notebook.ts` brings it up to date. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as gemma from "../src/index.ts";
import * as interp from "../src/interp/index.ts";
import * as node from "../src/node/index.ts";
import { linesOf, type Notebook, outputsOf } from "./support/notebook.ts";

const path = new URL("../docs/examples/notebook/gemma.ipynb", import.meta.url);
const MODULES = {
  "npm:gemma-reference": gemma,
  "npm:gemma-reference/interp": interp,
  "npm:gemma-reference/node": node,
};
const notebook = JSON.parse(readFileSync(path, "utf8")) as Notebook;

it("the cells of the notebook run, and show what stands below them", async () => {
  const code = notebook.cells.filter(({ cell_type: type }) => type === "code");
  expect(await outputsOf(notebook, MODULES)).toEqual(code.map(({ outputs }) => outputs));
  const types = code.flatMap(({ outputs = [] }) =>
    outputs.flatMap((output) => ("data" in output ? Object.keys(output.data) : [])),
  );
  expect(types.filter((type) => type === "text/html").length).toBe(3);
});

it("the notebook is one of Deno's kernel, as Jupyter's format 4.5 has it", () => {
  expect(notebook.metadata.kernelspec.name).toBe("deno");
  expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
  expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length);
  for (const { source } of notebook.cells) expect(source).toEqual(linesOf(source.join("")));
});
