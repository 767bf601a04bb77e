/**
 * A number of the stream: what was there, and what was added; in the beginning, a number of the table times √D.
 * @module
 */
import { embeddingScale } from "../../../../../src/model/embedding-scale.ts";
import { embed } from "../../../../../src/nn/embedding.ts";
import { add } from "../../../../../src/nn/residual.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { Cell } from "../../cell.ts";
import { asRow, rowOf } from "../rows.ts";
import { addedTap, streamTap } from "../streams.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

type StreamCell = Extract<Cell, { kind: "stream" }>;

export function streamFinding(
  subject: Subject,
  run: Run,
  pos: number,
  { depth, dim: mark }: StreamCell,
): Found {
  const tap = streamTap(depth);
  const values = rowOf(run.cache.get(tap), pos);
  const library = values[mark];
  const at = `[${pos}, ${mark}]`;
  if (depth === 0) {
    const { id } = run.tokens[pos];
    const D = values.length;
    const scale = embeddingScale(D);
    const row = rowOf(subject.table, id);
    const again = embed([id], subject.table, { scale, precision }).get(0, mark);
    return {
      value: library,
      bars: [
        { label: `row ${id} of the table`, values: row, mark },
        { label: `× √${D}`, values, mark },
      ],
      steps: [
        { label: "in the table", value: row[mark] },
        { label: `× √${D}`, value: row[mark] * scale },
      ],
      taps: [`${tap} ${at}`],
      check: { what: "embed() of this row", again, library },
      source: "src/nn/embedding.ts",
    };
  }
  const before = rowOf(run.cache.get(streamTap(depth - 1)), pos);
  const added = rowOf(run.cache.get(addedTap(depth)), pos);
  const again = add(asRow(before), asRow(added), { precision }).get(0, mark);
  const giver = depth % 2 === 1 ? "the heads add" : "the MLP adds";
  return {
    value: library,
    bars: [
      { label: "the stream before", values: before, mark },
      { label: giver, values: added, mark },
      { label: "the stream after", values, mark },
    ],
    steps: [
      { label: "before", value: before[mark] },
      { label: giver, value: added[mark] },
      { label: "after", value: before[mark] + added[mark] },
    ],
    taps: [`${addedTap(depth)} ${at}`, `${tap} ${at}`],
    check: { what: "add() of both rows", again, library },
    source: "src/nn/residual.ts",
  };
}
