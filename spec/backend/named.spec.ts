import { describe, expect, it, vi } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import {
  type BackendName,
  backendNamed,
  makeBackend,
  type NamedBackend,
  type NamedBackendOptions,
} from "../../src/backend/named.ts";
import { ArgumentError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { fixtureFolder } from "../support/files.ts";
import { HAS_THREADS } from "../support/workers.ts";

const MODEL = "tiny-stories-it";
const rejection = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.fail("nothing was refused"),
    (error) => error,
  );

describe("a backend by its name", () => {
  it.each<[BackendName, NamedBackendOptions]>([
    ["cpu", { precision: "float64" }],
    ["wasm", { precision: "float32", threads: HAS_THREADS ? 2 : 1 }],
    ["wasm", { activations: "int8" }],
  ])("%s runs here, as it is asked to", async (name, options) => {
    const backend = await backendNamed(name, options);
    expect(backend.info).toMatchObject({ name, precision: options.precision ?? "float32" });
    if (options.activations === "int8") expect(backend.info.accuracy).toBe("q8");
    backend.dispose();
    const gemma = await Gemma.load(fixtureFolder(MODEL), { backend: name, ...options });
    expect(gemma.model.backend.info.name).toBe(name);
    await gemma.dispose();
  });

  it("is refused if there is none, with the names that there are", async () => {
    await expect(backendNamed("cuda")).rejects.toThrow(ArgumentError);
    await expect(backendNamed("toString")).rejects.toThrow(
      /expected "auto" or "cpu" or "wasm" or "webgpu", /,
    );
    const loading = Gemma.load("/nowhere", { backend: "cuda" as never });
    await expect(loading).rejects.toThrow(
      'Gemma.load: "backend" expected "auto" or "cpu" or "wasm" or "webgpu", or a Backend, got "cuda"; ' +
        "another is given as an object that implements Backend",
    );
  });

  it("refuses options that it does not have, with the backend that has them", async () => {
    const load = (options: object) => rejection(Gemma.load("/nowhere", options));
    for (const precision of ["float64", "bfloat16"]) {
      const error = await load({ backend: "wasm", precision });
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toBe(
        `Gemma.load: "precision" expected float32, in which "wasm" computes, got ${precision}; ` +
          `backend "cpu" computes in ${precision}`,
      );
    }
    const error = await load({ backend: "cpu", threads: 2 });
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toBe(
      'Gemma.load: "threads" expected backend "wasm", got "cpu"; "cpu" computes on one thread',
    );
    const both = await load({ precision: "float64", threads: 2 });
    expect(both.message).toContain('"threads" expected backend "wasm", got "cpu"');
    expect((await load({ backend: "webgpu", threads: 2 })).message).toBe(
      'Gemma.load: "threads" expected backend "wasm", got "webgpu"; "webgpu" computes on the GPU',
    );
    expect((await load({ backend: "webgpu", precision: "float64" })).message).toContain(
      'expected float32, in which "webgpu" computes, got float64',
    );
    expect((await load({ backend: "cpu", activations: "int8" })).message).toContain(
      'Gemma.load: "activations" expected backend "wasm", got "cpu"',
    );
    expect((await load({ backend: "cpu", workerUrl: "worker.js" })).message).toBe(
      'Gemma.load: "workerUrl" expected backend "wasm", got "cpu"; "cpu" starts no workers',
    );
    expect((await load({ backend: cpuBackend(), threads: 2 })).message).toBe(
      'Gemma.load: "threads" expected the name of a backend beside it, got 2; ' +
        "give it to the function that makes the backend",
    );
    await expect(backendNamed("wasm", { threads: 0 })).rejects.toThrow(/"threads" expected a pos/);
  });

  it.each<[NamedBackendOptions, BackendName]>([
    [{}, "wasm"],
    [{ precision: "float32" }, "wasm"],
    [{ activations: "int8" }, "wasm"],
    [{ precision: "float64" }, "cpu"],
    [{ precision: "bfloat16" }, "cpu"],
  ])("%j alone stand for %s", async (options, name) => {
    const gemma = await Gemma.load(fixtureFolder(MODEL), options);
    expect(gemma.model.backend.info.name).toBe(name);
    await gemma.dispose();
  });

  it("cpu is the default where wasm cannot run, unless an option asks for wasm", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    const onWarning = vi.fn();
    const gemma = await Gemma.load(fixtureFolder(MODEL), { onWarning });
    const error = await rejection(Gemma.load(fixtureFolder(MODEL), { threads: 1 }));
    vi.unstubAllGlobals();
    const why = "this machine is one without WebAssembly";
    expect(gemma.model.backend.info).toMatchObject({ name: "cpu", why });
    const message = `"cpu" computes, which is slow; for "wasm", ${why}`;
    expect(onWarning.mock.calls).toEqual([[{ kind: "backend", message }]]);
    expect(error.message).toContain('a machine that can run "wasm", got one without WebAssembly');
    await gemma.dispose();
  });

  it("is refused with the reason where it cannot run", async () => {
    const gpu: NamedBackend = {
      unavailable: async () => "no WebGPU adapter",
      make: async () => cpuBackend(),
    };
    const error = await rejection(makeBackend("backendNamed", "gpu", {}, [], { gpu }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toBe(
      'backendNamed: "backend" expected a machine that can run "gpu", got no WebGPU adapter; ' +
        'choose another backend; "cpu" runs everywhere',
    );
  });

  it.each([
    ["without WebAssembly", undefined],
    ["whose WebAssembly has no SIMD", { ...WebAssembly, validate: (): boolean => false }],
    [
      "that may not compile (wasm-unsafe-eval)",
      {
        validate: (): boolean => true,
        Module: function Module() {
          throw new Error("wasm-unsafe-eval");
        },
      },
    ],
  ])("wasm is refused on a machine %s", async (reason, stub) => {
    vi.stubGlobal("WebAssembly", stub);
    const error = await rejection(backendNamed("wasm"));
    vi.unstubAllGlobals();
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`a machine that can run "wasm", got one ${reason}; choose`);
  });
});
