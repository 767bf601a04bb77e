import { describe, expect, it } from "vitest";
import { eitherSignal, onAbort } from "../src/signals.ts";

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

describe("onAbort", () => {
  /** A signal that counts its listeners. */
  function counted() {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.call(signal, ...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.call(signal, ...args);
    };
    return { controller, signal, listeners: () => listeners };
  }

  it("tells all that hear a signal, by one listener, and none that has let go", () => {
    const { controller, signal, listeners } = counted();
    const heard: number[] = [];
    const letGo = Array.from({ length: 40 }, (_, i) => onAbort(signal, () => heard.push(i)));
    expect(listeners()).toBe(1);
    for (const i of [0, 7, 39]) letGo[i]();
    controller.abort();
    expect(heard).toEqual(
      Array.from({ length: 40 }, (_, i) => i).filter((i) => ![0, 7, 39].includes(i)),
    );
  });

  it("leaves no listener when all have let go, however often, and hears again afterwards", () => {
    const { controller, signal, listeners } = counted();
    const twice = onAbort(signal, () => {});
    const [a, b] = [onAbort(signal, () => {}), twice];
    for (const letGo of [a, b, twice]) letGo();
    expect(listeners()).toBe(0);
    let heard = 0;
    const again = onAbort(signal, () => heard++);
    b(); // of before
    expect(listeners()).toBe(1);
    controller.abort();
    expect(heard).toBe(1);
    again();
    expect(listeners()).toBe(0);
    onAbort(undefined, () => {})();
  });
});
