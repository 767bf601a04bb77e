import { describe, expect, it } from "vitest";
import { WorkQueue } from "../../src/backend/work-queue.ts";

/** Keeps the processor busy. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

describe("the work queue", () => {
  it("does nothing before somebody waits, then everything in order", async () => {
    const queue = new WorkQueue("spec");
    const done: number[] = [];
    for (const i of [1, 2, 3]) queue.push(() => done.push(i));
    expect(done).toEqual([]);
    await queue.drain();
    expect(done).toEqual([1, 2, 3]);
  });

  it("lets timers fire while it works", async () => {
    const queue = new WorkQueue("spec");
    let slices = 0;
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    for (let i = 0; i < 1000; i++) {
      queue.push(() => {
        if (fired) return;
        slices++;
        work(5);
      });
    }
    await queue.drain();
    expect(fired).toBe(true);
    expect(slices).toBeLessThan(1000); // a loaded machine may take many turns, no turn takes all
  });

  it("does a second caller's work after the first's, whoever works it off", async () => {
    const queue = new WorkQueue("spec");
    const done: string[] = [];
    const record = (name: string) => {
      for (let i = 0; i < 3; i++) queue.push(() => [work(20), done.push(name)]);
      return queue.drain();
    };
    await Promise.all([record("a"), record("b")]);
    expect(done).toEqual(["a", "a", "a", "b", "b", "b"]);
  });

  it("drops the caller's own work on abort, and no one else's", async () => {
    const queue = new WorkQueue("spec");
    const done: string[] = [];
    const controller = new AbortController();
    for (let i = 0; i < 5; i++) {
      queue.push(() => [work(30), done.push("a"), controller.abort("enough")]);
    }
    const a = queue.drain(controller.signal);
    queue.push(() => done.push("b"));
    const b = queue.drain();
    await expect(a).rejects.toBe("enough");
    await b;
    expect(done).toEqual(["a", "b"]);
  });

  it("waits for what has to arrive, whoever works it off", async () => {
    const queue = new WorkQueue("spec");
    const done: string[] = [];
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    queue.push(() => done.push("before"));
    queue.push(arrival);
    queue.push(() => done.push("behind"));
    const a = queue.drain();
    queue.push(arrival);
    queue.push(() => done.push("b"));
    const b = queue.drain();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(done).toEqual(["before"]);
    arrive();
    await Promise.all([a, b]);
    expect(done).toEqual(["before", "behind", "b"]);
  });

  it("drops what waits for something that cannot arrive, or that nobody wants any more", async () => {
    const queue = new WorkQueue("spec");
    const done: string[] = [];
    const record = (arrival: Promise<void>, signal?: AbortSignal) => {
      queue.push(arrival);
      queue.push(() => expect.unreachable("work without its weight"));
      return queue.drain(signal);
    };
    const failing = record(Promise.reject(new Error("the disk failed")));
    const controller = new AbortController();
    const aborted = record(new Promise(() => {}), controller.signal);
    queue.push(() => done.push("other work"));
    const other = queue.drain();
    setTimeout(() => controller.abort("enough"), 1);
    await expect(failing).rejects.toThrow("the disk failed");
    await expect(aborted).rejects.toBe("enough");
    await other;
    expect(done).toEqual(["other work"]);
  });

  it("lets a caller go at once who gives up while others' work comes first", async () => {
    const queue = new WorkQueue("spec");
    const done: string[] = [];
    const controller = new AbortController();
    for (let i = 0; i < 8; i++) {
      queue.push(() => [work(30), done.push("a"), i === 1 && controller.abort("enough")]);
    }
    const a = queue.drain();
    queue.push(() => done.push("b"));
    const b = queue.drain(controller.signal).catch((reason) => done.push(reason));
    await b;
    expect(done.indexOf("enough")).toBeLessThan(6); // of eight
    await a;
    expect([done.length, done.includes("b")]).toEqual([9, false]);
  });

  it("lets a caller go at once who gives up while others wait for what may never arrive", async () => {
    const queue = new WorkQueue("spec");
    queue.push(new Promise(() => {}));
    queue.drain();
    queue.push(() => expect.unreachable("work of who gave up"));
    const controller = new AbortController();
    setTimeout(() => controller.abort("enough"), 1);
    await expect(queue.drain(controller.signal)).rejects.toBe("enough");
  });

  it("gives an error to the caller whose work it was", async () => {
    const queue = new WorkQueue("spec");
    queue.push(() => work(30));
    const a = queue.drain();
    queue.push(() => {
      throw new Error("broken kernel");
    });
    queue.push(() => expect.unreachable("work after a failure"));
    const b = queue.drain();
    await expect(b).rejects.toThrow("broken kernel");
    await expect(a).resolves.toBeUndefined();
  });
});
