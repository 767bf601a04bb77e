/** Expected: huggingface_hub 1.x, constants.py and utils/_auth.py, read and not run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import {
  cacheFolder,
  offlineBy,
  stallTimeoutOf,
  storedToken,
} from "../../../src/node/hub/environment.ts";
import { scratchFolder } from "../../support/scratch.ts";

describe("the cache", () => {
  it.each<[Record<string, string>, string]>([
    [{ HF_HUB_CACHE: "/a", HUGGINGFACE_HUB_CACHE: "/o", HF_HOME: "/b" }, "/a"],
    [{ HUGGINGFACE_HUB_CACHE: "/o", HF_HOME: "/b", HF_HUB_CACHE: "" }, "/o"],
    [{ HF_HOME: "/b", XDG_CACHE_HOME: "/c" }, "/b/hub"],
    [{ XDG_CACHE_HOME: "/c", HF_HOME: "" }, "/c/huggingface/hub"],
    [{ HF_HOME: "~/d" }, join(homedir(), "d/hub")],
    [{ HUGGINGFACE_HUB_CACHE: "~/d" }, join(homedir(), "d")],
    [{ HF_HOME: "$DISK/$NOTHING/hf", DISK: "/e" }, "/e/$NOTHING/hf/hub"],
    [{ HF_HUB_CACHE: "$" + "{DISK}2/x", DISK: "/e" }, "/e2/x"],
    [{}, join(homedir(), ".cache/huggingface/hub")],
  ])("lies where %j says", (env, path) => {
    expect(cacheFolder(env)).toBe(path);
  });
});

describe("the token", () => {
  const home = scratchFolder("environment");
  const HF_HOME = join(home, "hf");
  beforeAll(() => {
    mkdirSync(HF_HOME);
    writeFileSync(join(HF_HOME, "token"), " hf_file\r\n");
    writeFileSync(join(home, "other"), "hf_other");
  });

  it.each<[Record<string, string>, string | undefined]>([
    [{ HF_TOKEN: "hf_a", HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_a"],
    [{ HF_TOKEN: "", HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_b"],
    [{ HF_TOKEN: " hf_\na\r\n" }, "hf_a"],
    [{ HF_TOKEN: " \n" }, "hf_file"],
    [{ HF_TOKEN_PATH: "$OTHER", OTHER: join(home, "other") }, "hf_other"],
    [{}, "hf_file"],
    [{ HF_HOME: join(home, "nowhere") }, undefined],
    [{ HF_TOKEN: "hf_a", HF_HUB_DISABLE_IMPLICIT_TOKEN: "Yes" }, undefined],
    [{ HF_TOKEN: "hf_a", HF_HUB_DISABLE_IMPLICIT_TOKEN: "0" }, "hf_a"],
  ])("of %j is %s", async (env, token) => {
    expect(await storedToken({ HF_HOME, ...env })).toBe(token);
  });
});

describe("the network", () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{ HF_HUB_OFFLINE: "1" }, "HF_HUB_OFFLINE"],
    [{ HF_HUB_OFFLINE: "yEs" }, "HF_HUB_OFFLINE"],
    [{ HF_HUB_OFFLINE: "On", TRANSFORMERS_OFFLINE: "0" }, "HF_HUB_OFFLINE"],
    [{ TRANSFORMERS_OFFLINE: "TRUE" }, "TRANSFORMERS_OFFLINE"],
    [{ TRANSFORMERS_OFFLINE: "1", HF_HUB_OFFLINE: "" }, "TRANSFORMERS_OFFLINE"],
    [{ TRANSFORMERS_OFFLINE: "1", HF_HUB_OFFLINE: "0" }, undefined], // the first that is set decides
    [{ HF_HUB_OFFLINE: "2" }, undefined],
    [{}, undefined],
  ])("is forbidden by %j: %s", (env, name) => {
    expect(offlineBy(env)).toBe(name);
  });

  it("counts as stalled after HF_HUB_DOWNLOAD_TIMEOUT seconds", () => {
    expect(stallTimeoutOf({ HF_HUB_DOWNLOAD_TIMEOUT: "60" })).toBe(60_000);
    for (const none of ["", "0"]) {
      expect(stallTimeoutOf({ HF_HUB_DOWNLOAD_TIMEOUT: none })).toBeUndefined();
    }
    expect(() => stallTimeoutOf({ HF_HUB_DOWNLOAD_TIMEOUT: "1m" })).toThrow(ArgumentError);
  });
});
