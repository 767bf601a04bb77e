import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { FormatError, type GemmaError } from "../../src/errors.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import { bytesOf } from "../support/files/small-checkpoint.ts";

const HASH = "c1864a5eb19305c40519da12cc543519e48a0697ecd30e15d5ac228644957d12";
/** As ollama's registry serves it, and ollama stores it under manifests/registry.ollama.ai/library/gemma/2b. */
const MANIFEST = {
  schemaVersion: 2,
  mediaType: "application/vnd.docker.distribution.manifest.v2+json",
  config: {
    mediaType: "application/vnd.docker.container.image.v1+json",
    digest: `sha256:${"0".repeat(64)}`,
    size: 483,
  },
  layers: [
    { mediaType: "application/vnd.ollama.image.license", digest: `sha256:${"1".repeat(64)}` },
    { mediaType: "application/vnd.ollama.image.model", digest: `sha256:${HASH}`, size: 1678447520 },
  ],
};
const refusal = async (json: unknown) =>
  (await rejection(openCheckpoint(bytesSource(bytesOf(json), "2b")))) as GemmaError;

describe("a manifest of ollama", () => {
  it("is refused with the name of the file that has the weights", async () => {
    const error = await refusal(MANIFEST);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.got).toBe("a manifest of ollama");
    expect(error.hint).toBe(`open the file that it names, blobs/sha256-${HASH}`);
  });

  it.each([
    ["no layers", { ...MANIFEST, layers: undefined }],
    ["layers of something else", { ...MANIFEST, layers: [1, null, MANIFEST.layers[0]] }],
    [
      "a digest that leads elsewhere",
      { ...MANIFEST, layers: [{ ...MANIFEST.layers[1], digest: "sha256:../x" }] },
    ],
    ["half of its text", JSON.stringify(MANIFEST).slice(0, 300)],
  ])("is called one with %s", async (_, json) => {
    const error = await refusal(json);
    expect(error.got).toBe("a manifest of ollama");
    expect(error.hint).toContain("application/vnd.ollama.image.model");
  });
});
