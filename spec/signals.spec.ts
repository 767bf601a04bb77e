import { describe, expect, it } from "vitest";
import { eitherSignal } from "../src/signals.ts";

describe("eitherSignal", () => {
  it.each([0, 1])("is aborted with source %i, for its reason", (which) => {
    const sources = [new AbortController(), new AbortController()];
    const { signal } = eitherSignal(sources[0].signal, sources[1].signal);
    expect(signal.aborted).toBe(false);
    sources[which].abort("enough");
    sources[1 - which].abort("too late");
    expect(signal.reason).toBe("enough");
  });

  it("is aborted from the beginning where a source is", () => {
    const { signal } = eitherSignal(AbortSignal.abort("before"), new AbortController().signal);
    expect(signal.reason).toBe("before");
    expect(eitherSignal(undefined, AbortSignal.abort("b")).signal.reason).toBe("b");
  });

  it("lets go of its sources when it is released", () => {
    const listeners = new Set<unknown>();
    const source = Object.assign(new EventTarget(), { aborted: false, reason: undefined });
    source.addEventListener = (_, listener) => void listeners.add(listener);
    source.removeEventListener = (_, listener) => void listeners.delete(listener);
    const { release } = eitherSignal(source as AbortSignal, new AbortController().signal);
    expect(listeners.size).toBe(1);
    release();
    expect(listeners.size).toBe(0);
  });
});
