/** @module */
import type { CellOf } from "../../cell.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function valueFinding(
  _subject: Subject,
  _run: Run,
  _pos: number,
  _layer: number,
  _head: number,
  _cell: CellOf<"value">,
): Promise<Found> {
  throw new Error("to come");
}
