/**
 * Each head and each MLP switched off alone, one after another; of a text each is tried once.
 * @module
 */
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { nextOf } from "../../answers/attributed.ts";
import type { Call } from "../../answers/call.ts";
import { topOf } from "../../answers/lens-rows.ts";
import { asRow, rowOf } from "../../answers/rows.ts";
import type { Run, Subject } from "../../answers/subject.ts";
import { runWithout } from "../../answers/without.ts";
import { partAt, partCount } from "../../model-part.ts";
import type { OffPart } from "../../off.ts";
import { placeOf } from "./answer.ts";
import type { OffEachQuestion, Square } from "./question.ts";

const tried = new WeakMap<Run, Map<string, Square>>();

export async function offEachOf(
  subject: Subject,
  { prompt, pos }: OffEachQuestion["ask"],
  { signal, tell }: Call<Square>,
): Promise<readonly Square[]> {
  const run = await subject.run(prompt);
  const { layers, heads } = subject.info;
  const known = tried.get(run) ?? new Map<string, Square>();
  tried.set(run, known);
  const squares: Square[] = [];
  for (let part = 1; part < partCount(layers, heads); part++) {
    const key = `${pos} ${part}`;
    const square = known.get(key) ?? (await squareOf(subject, run, pos, part, signal));
    known.set(key, square);
    squares.push(square);
    tell(square);
  }
  return squares;
}

async function squareOf(
  subject: Subject,
  run: Run,
  pos: number,
  part: number,
  signal: AbortSignal,
): Promise<Square> {
  // Other questions have their turn in between, such as what is off now.
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
  const off = partAt(part, subject.info.heads) as OffPart;
  const cache = await runWithout(subject, run, pos, [off], { names: ["logits"], signal });
  const chances = softmax(asRow(rowOf(cache.get("logits"), 0)), { precision });
  const [{ id, piece }] = nextOf(subject, run, pos, 1);
  return {
    ...{ prompt: run.prompt, pos, part, answer: { id, piece } },
    ...placeOf(rowOf(chances, 0), id),
    says: topOf(subject, chances, 0, 1)[0],
  };
}
