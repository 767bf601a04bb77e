import { spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
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
import { CLOCK, type LockClock, withLock } from "../../src/node/file-lock.ts";
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
const PATIENT: LockClock = { ...CLOCK, touch: 10, look: 1, abandoned: 3_600_000 };

/** A clock that the test turns, of a process that looks only when the test says so. */
class HeldClock implements LockClock {
  readonly touch = 10;
  readonly look = 1;
  readonly abandoned = 200;
  time = 0;
  readonly #events = new EventEmitter();

  now = () => this.time;

  sleep = () => {
    const woken = once(this.#events, "wake");
    this.#events.emit("asleep");
    return woken;
  };

  /** Resolves when the process sleeps the next time. */
  asleep(): Promise<unknown> {
    return once(this.#events, "asleep");
  }

  wake(): void {
    this.#events.emit("wake");
  }

  /** Wakes the process, which looks; and waits until it sleeps again, or has what it waits for. */
  async lookOnce(entering: Promise<unknown>): Promise<void> {
    const asleep = this.asleep();
    this.wake();
    await Promise.race([asleep, entering]);
  }
}

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

  it("is released by work that fails", async () => {
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
    ["a process of another machine", `elsewhere ${ENDED}`],
    ["a process that is just writing who it is", ""],
  ])("waits for %s, as long as it touches the lock", async (_, owner) => {
    await withLock(path, undefined, async () => {}, PATIENT);
    const file = held(9, owner);
    const clock = new HeldClock();
    let isIn = false;
    const work = async () => {
      isIn = true;
    };
    const asleep = clock.asleep();
    const entering = withLock(path, undefined, work, clock);
    await Promise.race([asleep, entering]);
    for (let i = 1; i <= 5; i++) {
      utimesSync(file, i, i);
      await clock.lookOnce(entering);
      clock.time += clock.abandoned;
      await clock.lookOnce(entering);
      expect(isIn).toBe(false);
    }
    clock.time += 1;
    clock.wake();
    await entering;
    expect(isIn).toBe(true);
  });

  it("is not mistaken for free by a process that was slow to see it taken and given on", async () => {
    await withLock(path, undefined, async () => {}, PATIENT);
    let newer = "";
    beforeOpen = (file) => {
      if (file === `${path}.2`) newer = held(3, `elsewhere ${ENDED}`);
      beforeOpen = () => {};
    };
    let isReleased = false;
    const clock = new HeldClock();
    const asleep = clock.asleep();
    const work = async () => expect(isReleased).toBe(true);
    const entering = withLock(path, undefined, work, clock);
    await Promise.race([asleep, entering]); // it has looked again, and found the newer lock
    expect(newer).toBe(`${path}.3`);
    isReleased = true;
    writeFileSync(newer, "free");
    clock.wake();
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
    const work = async () => {
      let fallsAsleep = () => {};
      const asleep = new Promise<void>((resolve) => {
        fallsAsleep = resolve;
      });
      const sleep: LockClock["sleep"] = (wait, signal) => {
        const sleeping = CLOCK.sleep(wait, signal);
        fallsAsleep();
        return sleeping;
      };
      const clock = { ...PATIENT, look: 3_600_000, sleep };
      const waiting = rejection(withLock(path, abort.signal, async () => {}, clock));
      await asleep;
      abort.abort("enough");
      expect(await waiting).toBe("enough");
    };
    await withLock(path, undefined, work, PATIENT);
  });
});
