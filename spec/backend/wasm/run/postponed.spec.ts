import { describe, expect, it } from "vitest";
import { type Awaited, Postponed } from "../../../../src/backend/wasm/run/postponed.ts";

/** A queue that writes down what is done, and weights that arrive when they are told to. */
function setUp() {
  const log: string[] = [];
  const postponed = new Postponed(() => log.push("forgotten"));
  const does = (what: string) => () => {
    log.push(what);
  };
  const reads = (what: string) => async () => {
    log.push(what);
    return what;
  };
  const weight = () => {
    const settle = { arrive: () => {}, fail: (_: unknown) => {} };
    const one: Awaited & typeof settle = Object.assign({ arriving: undefined }, settle);
    one.arriving = new Promise<void>((resolve, reject) => {
      one.arrive = () => {
        one.arriving = undefined;
        resolve();
      };
      one.fail = reject;
    });
    one.arriving.catch(() => {});
    return one;
  };
  return { log, postponed, does, reads, weight };
}

describe("what is recorded", () => {
  it("is done at once where nothing has to be waited for", async () => {
    const { log, postponed, does, reads } = setUp();
    postponed.record(does("a"), {});
    postponed.free(does("freed"));
    const reading = postponed.read(reads("read"));
    expect(log).toEqual(["a", "freed", "read"]);
    expect(await reading).toBe("read");
  });

  it("keeps its order behind a weight on its way, over several reads", async () => {
    const { log, postponed, does, reads, weight } = setUp();
    const [late, early] = [weight(), weight()];
    postponed.record(does("a"));
    postponed.record(does("b"), late);
    postponed.record(does("c"));
    const first = postponed.read(reads("first"));
    postponed.record(does("d"), early);
    postponed.free(does("freed"));
    const second = postponed.read(reads("second"));
    early.arrive();
    await Promise.resolve();
    expect(log).toEqual(["a"]);
    late.arrive();
    expect(await Promise.all([first, second])).toEqual(["first", "second"]);
    expect(log).toEqual(["a", "b", "c", "first", "d", "freed", "second"]);
    postponed.record(does("e"), late);
    expect(log.at(-1)).toBe("e");
  });

  it("is dropped if its read is aborted, at once; what is behind it is done, and freed is freed", async () => {
    const { log, postponed, does, reads, weight } = setUp();
    const late = weight();
    postponed.record(does("a"), late);
    const first = postponed.read(reads("first"));
    postponed.record(does("b"));
    postponed.free(does("freed"));
    const abort = new AbortController();
    const second = postponed.read(reads("second"), abort.signal);
    postponed.record(does("c"));
    const third = postponed.read(reads("third"));
    abort.abort("enough");
    await expect(second).rejects.toBe("enough");
    expect(log).toEqual([]);
    late.arrive();
    expect(await Promise.all([first, third])).toEqual(["first", "third"]);
    expect(log).toEqual(["a", "first", "freed", "c", "third"]);
  });

  it("rejects as the weight does, also behind another that is still awaited", async () => {
    const { log, postponed, does, reads, weight } = setUp();
    const [late, broken] = [weight(), weight()];
    postponed.record(does("a"), late);
    const first = postponed.read(reads("first"));
    postponed.record(does("b"), broken);
    const second = postponed.read(reads("second"));
    broken.fail("the server is gone");
    await expect(second).rejects.toBe("the server is gone");
    postponed.record(does("c"), broken); // it is still not there
    const third = postponed.read(reads("third"));
    await expect(third).rejects.toBe("the server is gone");
    late.arrive();
    await first;
    expect(log).toEqual(["a", "first"]);
  });

  it("is forgotten as a whole if a part of it throws", async () => {
    const { log, postponed, does, reads, weight } = setUp();
    const late = weight();
    postponed.record(does("a"), late);
    postponed.record(() => {
      throw new Error("no room");
    });
    postponed.record(does("b"));
    postponed.free(does("freed"));
    const first = postponed.read(reads("first"));
    late.arrive();
    await expect(first).rejects.toThrow("no room");
    expect(log).toEqual(["a", "forgotten", "freed"]);
    expect(await postponed.read(reads("second"))).toBe("second");
  });

  it("is given up by all who wait", async () => {
    const { log, postponed, does, reads, weight } = setUp();
    postponed.record(does("a"), weight());
    const waiting = [postponed.read(reads("first")), postponed.read(reads("second"))];
    postponed.abandon("disposed");
    const results = await Promise.allSettled(waiting);
    expect(results.map((one) => (one as PromiseRejectedResult).reason)).toEqual(
      new Array(2).fill("disposed"),
    );
    expect(log).toEqual([]);
  });
});
