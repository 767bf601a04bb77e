import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withLock } from "../../src/node/file-lock.ts";
import { rejection } from "../support/files/safetensors-file.ts";

/** Called before a file is opened, as if another process had been quicker. */
let beforeOpen: (path: string) => void = () => {};
vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof import("node:fs/promises")>();
  const open = (file: string, flags: string) => {
    beforeOpen(file);
    return actual.open(file, flags);
  };
  return { ...actual, open };
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gemma-lock-"));
  path = join(folder, "locks", "x");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** So that nothing is abandoned, however slow the machine is. */
const PATIENT = { touch: 10, look: 1, abandoned: 3_600_000 };

/** The process id of a process that has ended. */
const ENDED = spawnSync(process.execPath, ["-e", ""]).pid;

function held(number: number, content: string): string {
  const file = `${path}.${number}`;
  writeFileSync(file, content);
  return file;
}

describe("withLock", () => {
  it("lets one work at a time, and each of them", async () => {
    let working = 0;
    let most = 0;
    const done: number[] = [];
    const work = (i: number) =>
      withLock(
        path,
        undefined,
        async () => {
          most = Math.max(most, ++working);
          await setTimeout(1);
          working--;
          done.push(i);
        },
        PATIENT,
      );
    await Promise.all(Array.from({ length: 20 }, (_, i) => work(i)));
    expect(most).toBe(1);
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(readdirSync(join(folder, "locks"))).toHaveLength(1);
  });

  it("is released by who fails", async () => {
    const failing = withLock(path, undefined, () => Promise.reject(new Error("no")), PATIENT);
    await expect(failing).rejects.toThrow("no");
    expect(await withLock(path, undefined, async () => 5, PATIENT)).toBe(5);
  });

  it("is taken at once from a process that has ended, by one of many", async () => {
    await withLock(path, undefined, async () => {}, PATIENT);
    held(7, `${hostname()} ${ENDED}`);
    let working = 0;
    const work = () =>
      withLock(
        path,
        undefined,
        async () => {
          expect(++working).toBe(1);
          await setTimeout(2);
          working--;
        },
        PATIENT,
      );
    await Promise.all(Array.from({ length: 10 }, work));
  });

  it.each([
    ["a process that is there", `${hostname()} ${process.ppid}`],
    ["one of another machine", `elsewhere ${ENDED}`],
    ["one that is just writing who it is", ""],
  ])("waits for %s, as long as it touches the lock", async (_, owner) => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    await withLock(path, undefined, async () => {}, PATIENT);
    const file = held(9, owner);
    let isIn = false;
    const entering = withLock(
      path,
      undefined,
      async () => {
        isIn = true;
      },
      { ...PATIENT, abandoned: 200 },
    );
    for (let i = 1; i <= 5; i++) {
      utimesSync(file, i, i);
      await setTimeout(5);
      now += 150;
      await setTimeout(5);
    }
    expect(isIn).toBe(false);
    while (!isIn) {
      now += 150;
      await setTimeout(5);
    }
    await entering;
    clock.mockRestore();
  });

  it("is not taken by who was slow to see that it has been taken and given on", async () => {
    await withLock(path, undefined, async () => {}, PATIENT);
    let newer: string | undefined;
    beforeOpen = (file) => {
      if (file === `${path}.2`) newer = held(3, `elsewhere ${ENDED}`);
      beforeOpen = () => {};
    };
    let isReleased = false;
    const entering = withLock(path, undefined, async () => expect(isReleased).toBe(true), PATIENT);
    await vi.waitFor(() => expect(newer).toBeDefined());
    await setTimeout(10);
    isReleased = true;
    writeFileSync(newer!, "free");
    await entering;
  });

  it("is touched while somebody works", async () => {
    await withLock(
      path,
      undefined,
      async () => {
        const [name] = readdirSync(join(folder, "locks"));
        const file = join(folder, "locks", name);
        expect(readFileSync(file, "utf8")).toBe(`${hostname()} ${process.pid}`);
        utimesSync(file, 1, 1);
        while (statSync(file).mtimeMs === 1000) await setTimeout(5);
      },
      PATIENT,
    );
  });

  it("ends the wait with the reason of the signal, at once", async () => {
    const abort = new AbortController();
    await withLock(
      path,
      undefined,
      async () => {
        const waiting = withLock(path, abort.signal, async () => {}, {
          ...PATIENT,
          look: 3_600_000,
        });
        await setTimeout(5);
        abort.abort("enough");
        expect(await rejection(waiting)).toBe("enough");
      },
      PATIENT,
    );
  });
});
