/** The planted documents of fixtures/learning/pretraining. */

import { bytesSource } from "../../../../src/source/byte-source.ts";
import type { TextRow } from "../../../../src/training/data/rows/row.ts";
import { openRows } from "../../../../src/training/data/rows/row-file.ts";
import { readFile } from "../../../support/files.ts";

const rowsOf = (name: string) =>
  openRows(bytesSource(readFile(`fixtures/learning/pretraining/${name}`), name), { kind: "text" });

async function all(name: string): Promise<readonly TextRow[]> {
  const rows: TextRow[] = [];
  for await (const row of rowsOf(name)) rows.push(row);
  return rows;
}

export const plantedFile = () => rowsOf("documents.jsonl");
export const planted = all("documents.jsonl");
export const evaluation = all("evaluation.jsonl");

/** What was planted in a document: "clean", "near duplicate". */
export const labelOf = ({ other }: TextRow) => String(other.label);
