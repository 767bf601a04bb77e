/**
 * A number, what makes it, and whether the library agrees: computed again from the operands that are shown, by the
 * function of nn/ that defines it, and compared with the tap.
 * @module
 */
import type { Finding, Questions } from "../../messages.ts";
import type { Subject } from "../subject.ts";
import { drawFinding } from "./draw.ts";
import { keptFinding } from "./kept.ts";
import { lensFinding } from "./lens.ts";
import { normFinding } from "./norm.ts";
import { partFinding } from "./part.ts";
import { streamFinding } from "./stream.ts";
import { turnedFinding } from "./turned.ts";
import { unitFinding } from "./unit.ts";
import { valueFinding } from "./value.ts";
import { weightFinding } from "./weight.ts";

/** What every finding has that is not about its kind of cell. */
export type Found = Omit<Finding, "cell" | "prompt" | "pos" | "layer" | "head">;

export async function inspect(
  subject: Subject,
  { prompt, pos, layer, head, cell, settings }: Questions["inspect"]["ask"],
): Promise<Finding> {
  const run = await subject.run(prompt);
  const found = (): Found | Promise<Found> => {
    switch (cell.kind) {
      case "weight":
        return weightFinding(subject, run, layer, head, cell);
      case "stream":
        return streamFinding(subject, run, pos, cell);
      case "unit":
        return unitFinding(subject, run, pos, layer, cell);
      case "lens":
        return lensFinding(subject, run, cell);
      case "norm":
        return normFinding(subject, run, pos, cell);
      case "turned":
        return turnedFinding(subject, run, pos, layer, head, cell);
      case "kept":
        return keptFinding(subject, run, pos, layer, head, cell);
      case "value":
        return valueFinding(subject, run, pos, layer, head, cell);
      case "part":
        return partFinding(subject, run, pos, cell, settings);
      case "draw":
        return drawFinding(subject, run, pos, cell, settings);
    }
  };
  return { cell, prompt, pos, layer, head, ...(await found()) };
}
