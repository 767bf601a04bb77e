import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import {
  BACKEND_NAMES,
  backendNamed,
  backendOf,
  type NamedBackend,
} from "../../src/backend/named.ts";
import { ArgumentError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { fixtureFolder } from "../support/files.ts";

describe("a backend by its name", () => {
  it.each(BACKEND_NAMES)("%s runs here, in the precision asked for", async (name) => {
    const { info } = await backendNamed(name, { precision: "float64" });
    expect(info).toMatchObject({ name, precision: "float64" });
    const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"), { backend: name });
    expect(gemma.model.backend.info.name).toBe(name);
    await gemma.dispose();
  });

  it("is refused if there is none, with the names that there are", async () => {
    await expect(backendNamed("cuda")).rejects.toThrow(ArgumentError);
    await expect(backendNamed("toString")).rejects.toThrow(/expected "cpu", or a Backend, got/);
    const loading = Gemma.load("/nowhere", { backend: "webgpu" as never });
    await expect(loading).rejects.toThrow(
      'Gemma.load: "backend" expected "cpu", or a Backend, got "webgpu"; ' +
        "another is given as an object that implements Backend",
    );
  });

  it("is refused with the reason where it cannot run", async () => {
    const gpu: NamedBackend = {
      unavailable: async () => "no WebGPU adapter",
      make: async () => cpuBackend(),
    };
    const error = await backendOf({ gpu }, "gpu", {}).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toBe(
      'backendNamed: "backend" expected a machine that can run "gpu", got no WebGPU adapter; ' +
        'choose another backend; "cpu" runs everywhere',
    );
  });
});
