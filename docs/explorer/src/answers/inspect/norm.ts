/** @module */
import type { CellOf } from "../../cell.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function normFinding(
  _subject: Subject,
  _run: Run,
  _pos: number,
  _cell: CellOf<"norm">,
): Promise<Found> {
  throw new Error("to come");
}
