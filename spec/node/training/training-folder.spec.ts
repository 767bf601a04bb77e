import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTrainingFolder } from "../../../src/node/training/training-folder.ts";
import type { FileStream } from "../../../src/source/file-stream.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("training-folder");
let made = 0;
const fresh = () => join(scratch, `${made++}`);
const stream = (text: string): FileStream => ({
  size: text.length,
  async *chunks() {
    yield new TextEncoder().encode(text);
  },
});
const log = (path: string) => readFileSync(join(path, "log.jsonl"), "utf8");

describe("withTrainingFolder", () => {
  it("saves a run, logs its steps, and hands both to the one that goes on", async () => {
    const path = fresh();
    await withTrainingFolder(path, { settings: { lr: 1 } }, async (folder) => {
      expect([folder.saved, folder.logged]).toEqual([undefined, []]);
      for (const step of [1, 2, 3]) await folder.log({ step });
      await folder.save(stream("half"));
      await folder.save(stream("whole"));
    });
    await withTrainingFolder(path, { settings: { lr: 1 }, resume: true }, async (folder) => {
      expect(folder.saved?.size).toBe(5);
      expect(folder.logged.map(({ step }) => step)).toEqual([1, 2, 3]);
      await folder.save(stream("replaced"));
    });
    expect(readFileSync(join(path, "run.safetensors"), "utf8")).toBe("replaced");
  });

  it("logs a step that is done again once, and forgets half a line", async () => {
    const path = fresh();
    await withTrainingFolder(path, {}, async (folder) => {
      for (const step of [1, 2, 3]) await folder.log({ step });
    });
    writeFileSync(join(path, "log.jsonl"), `${log(path)}{"step":4,"lo`);
    await withTrainingFolder(path, { resume: true }, async (folder) => {
      for (const step of [2, 3, 4]) await folder.log({ step });
    });
    expect(log(path)).toBe('{"step":1}\n{"step":2}\n{"step":3}\n{"step":4}\n');
  });

  it("refuses a run that is not to go on, and one that began otherwise, by the setting", async () => {
    const path = fresh();
    const work = async () => {};
    await withTrainingFolder(path, { settings: { lr: 1, data: { a: "x" } } }, work);
    await expect(withTrainingFolder(path, {}, work)).rejects.toThrow("resume (--resume) goes on");
    const other = { settings: { lr: 2, data: { a: "x" } }, resume: true };
    await expect(withTrainingFolder(path, other, work)).rejects.toThrow(
      '"lr" expected 1, as it began, got 2',
    );
    const changed = { settings: { lr: 1, data: { a: "y" } }, resume: true };
    await expect(withTrainingFolder(path, changed, work)).rejects.toThrow('"data" expected');
  });

  it("refuses a folder with other files, and touches nothing in it", async () => {
    const path = fresh();
    mkdirSync(path);
    writeFileSync(join(path, "thesis.txt"), "years");
    await expect(withTrainingFolder(path, { resume: true }, async () => {})).rejects.toThrow(
      "a folder with files in it",
    );
    expect(existsSync(join(path, "run.json"))).toBe(false);
  });

  it("takes a folder in which a run was killed before it had begun", async () => {
    const path = fresh();
    mkdirSync(path);
    writeFileSync(join(path, "run.lock.1"), "free");
    let worked = false;
    await withTrainingFolder(path, { resume: true }, async () => {
      worked = true;
    });
    expect(worked).toBe(true);
  });

  it("leaves nothing of a run that failed before it was saved, and all of one that failed later", async () => {
    const path = fresh();
    const failing = (saves: boolean) =>
      withTrainingFolder(path, { settings: { lr: 1 } }, async (folder) => {
        await folder.log({ step: 1 });
        if (saves) await folder.save(stream("run"));
        throw new Error("diverged");
      });
    await expect(failing(false)).rejects.toThrow("diverged");
    await expect(failing(true)).rejects.toThrow("diverged");
    await expect(failing(true)).rejects.toThrow("resume (--resume) goes on");
    const options = { settings: { lr: 1 }, resume: true };
    const logged = await withTrainingFolder(path, options, async (folder) => folder.logged);
    expect(logged).toEqual([{ step: 1 }]);
  });

  it("waits for a process that has it, until its signal is aborted", async () => {
    const path = fresh();
    const reason = new Error("enough");
    await withTrainingFolder(path, {}, async () => {
      const signal = AbortSignal.abort(reason);
      await expect(withTrainingFolder(path, { resume: true, signal }, async () => {})).rejects.toBe(
        reason,
      );
    });
  });
});
