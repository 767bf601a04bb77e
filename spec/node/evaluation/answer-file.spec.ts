/** Answers that survive the end of the process. */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withAnswerFile } from "../../../src/node/evaluation/answer-file.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe("a file of answers", () => {
  it("has what was put into it, after it was closed", async () => {
    const path = join(scratchFolder("answers"), "deep", "answers.jsonl");
    await withAnswerFile(path, async (answers) => {
      expect(answers.size).toBe(0);
      await Promise.all(["a", "b", "c"].map((key, n) => answers.put(key, { logprobs: [n, null] })));
      expect(answers.get("b")).toEqual({ logprobs: [1, null] });
    });
    await withAnswerFile(path, async (answers) => {
      expect(answers.size).toBe(3);
      expect(answers.get("c")).toEqual({ logprobs: [2, null] });
      expect(answers.get("d")).toBeUndefined();
    });
  });

  it("loses a line that was being written, and nothing else", async () => {
    const path = join(scratchFolder("answers"), "answers.jsonl");
    await withAnswerFile(path, async (answers) => answers.put("a", { n: 1 }));
    await appendFile(path, 'no json\n{"key":"b","n":2');
    await withAnswerFile(path, async (answers) => {
      expect(answers.size).toBe(1);
      await answers.put("c", { n: 3 });
    });
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines).toEqual(['{"key":"a","n":1}', "no json", '{"key":"c","n":3}', ""]);
  });

  it("is one process's at a time", async () => {
    const path = join(scratchFolder("answers"), "answers.jsonl");
    const order: string[] = [];
    const work = (key: string) =>
      withAnswerFile(path, async (answers) => {
        order.push(`begins with ${answers.size}`);
        await answers.put(key, {});
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push("ends");
      });
    // Either may be the first: the disk decides.
    await Promise.all([work("a"), work("b")]);
    expect(order).toEqual(["begins with 0", "ends", "begins with 1", "ends"]);
  });

  it("says which file the disk refuses", async () => {
    const file = join(scratchFolder("answers"), "a file");
    await appendFile(file, "text");
    const path = join(file, "answers.jsonl");
    await expect(withAnswerFile(path, async () => {})).rejects.toThrow(`withAnswerFile: ${path}`);
  });
});
