import { describe, expect, it } from "vitest";
import { ClosedOutput, streamOutput } from "../../src/cli/io.ts";

/** A stream that answers each write with `error`. */
function stream(properties: { isTTY?: boolean; columns?: number }, error?: Error) {
  const write = (_: string, done: (error?: Error) => void) => done(error);
  return { on() {}, write, ...properties } as unknown as NodeJS.WriteStream;
}
const coded = (code: string) => Object.assign(new Error(code), { code });

describe("streamOutput", () => {
  it("has the width of a terminal that knows it, and none otherwise", () => {
    expect(streamOutput(stream({ isTTY: true, columns: 72 })).columns).toBe(72);
    expect(streamOutput(stream({ isTTY: true, columns: 0 })).columns).toBeUndefined();
    expect(streamOutput(stream({ isTTY: true })).columns).toBeUndefined();
    expect(streamOutput(stream({})).columns).toBeUndefined();
  });

  it("tells a reader that has left from a disk that is full", async () => {
    const writing = (code: string) => streamOutput(stream({}, coded(code))).write("a");
    await expect(writing("EPIPE")).rejects.toThrow(ClosedOutput);
    await expect(writing("ERR_STREAM_DESTROYED")).rejects.toThrow(ClosedOutput);
    await expect(writing("ENOSPC")).rejects.toThrow("ENOSPC");
  });
});
