/** @module */
import type { CellOf } from "../../cell.ts";
import type { Settings } from "../../messages.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function partFinding(
  _subject: Subject,
  _run: Run,
  _pos: number,
  _cell: CellOf<"part">,
  _settings: Settings,
): Promise<Found> {
  throw new Error("to come");
}
