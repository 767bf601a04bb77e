/** RMSNorm, on its tile. @module */
import { overview } from "../../answers.ts";
import { round } from "../../format.ts";

export function RmsNormTile() {
  const { streams } = overview.value;
  const [first, last] = [streams[0], streams[streams.length - 1]];
  return (
    <>
      length {round(first.length)} to {round(last.length)}, and back
    </>
  );
}
