import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressBar } from "../../../src/cli/terminal/progress-bar.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(isTerminal: boolean, columns = 80) {
  const writes: string[] = [];
  const write = async (text: string) => void writes.push(text);
  const line = new ProgressBar({ isTerminal, columns, write });
  const show = (loaded: number) =>
    line.show({ phase: "load", file: "model.safetensors", loaded, total: 5e9 });
  return { writes, line, show };
}

describe("ProgressBar", () => {
  it("is silent for a third of a second, then speaks ten times a second, then goes away", () => {
    const { writes, line, show } = watch(true);
    for (let ms = 0; ms < 1000; ms += 10) {
      show(5e6 * ms);
      vi.advanceTimersByTime(10);
    }
    line.clear();
    line.clear();
    expect(writes).toHaveLength(8);
    expect(writes[0]).toBe("\r\x1b[KLoading [#######.................] 30 % of 5 GB");
    expect(writes.at(-1)).toBe("\r\x1b[K");
  });

  it("leaves the bar out where the line would break, and can say nothing of nothing", () => {
    const { writes, line } = watch(true, 40);
    vi.advanceTimersByTime(1000);
    line.show({ phase: "download", file: "a", loaded: 1, total: 3 });
    vi.advanceTimersByTime(1000);
    line.show({ phase: "write", file: "a", loaded: 0, total: 0 });
    expect(writes).toEqual([
      "\r\x1b[KDownloading 33 % of 3 bytes",
      "\r\x1b[KWriting 100 % of 0 bytes",
    ]);
  });

  it("says nothing of what was quick, nor to a file", () => {
    const quick = watch(true);
    quick.show(5e9);
    quick.line.clear();
    const toFile = watch(false);
    vi.advanceTimersByTime(1000);
    toFile.show(1e9);
    toFile.line.clear();
    expect([...quick.writes, ...toFile.writes]).toEqual([]);
  });
});
