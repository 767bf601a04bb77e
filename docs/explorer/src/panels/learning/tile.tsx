/** Learning, on its tile. @module */
import { isUnfinished, reports } from "./learning.ts";

export function LearningTile() {
  const last = reports.value.at(-1);
  if (!last) return <>teach it new tales, here</>;
  return (
    <>
      {isUnfinished.value ? "at" : "after"} step {last.step}: loss {last.loss.toFixed(2)}
    </>
  );
}
