/** The little world of tales, sums and opposites in which tiny-stories-it is tuned (fixtures/learning/README.md). */
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import type { TuningRow } from "../../src/tuning/conversation.ts";
import { readFile } from "./files.ts";
import { checkpoint } from "./goldens.ts";

/** Lines of a file of fixtures/learning/tales. */
export function tales<Row = TuningRow>(file: string): Row[] {
  const text = new TextDecoder().decode(readFile(`fixtures/learning/tales/${file}.jsonl`));
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The model that is tuned, as it lies in fixtures/. */
export async function storyteller(): Promise<{ checkpoint: Checkpoint; tokenizer: Tokenizer }> {
  const opened = await checkpoint("tiny-stories-it");
  const file = opened.tokenizer;
  if (!file) throw new Error("tiny-stories-it has lost its tokenizer");
  return { checkpoint: opened, tokenizer: new Tokenizer(file.model(), file.name) };
}
