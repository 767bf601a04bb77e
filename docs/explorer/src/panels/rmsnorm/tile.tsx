/** RMSNorm, on its tile. @module */
import { overview } from "../../answers.ts";
import { round } from "../../format.ts";

export function RmsNormTile() {
  const { streams } = overview.value;
  const [first, last] = [streams[0], streams[streams.length - 1]];
  return (
    <>
      What keeps numbers from growing? The stream’s length goes from {round(first.length)} to{" "}
      {round(last.length)}; each norm brings it back.
    </>
  );
}
