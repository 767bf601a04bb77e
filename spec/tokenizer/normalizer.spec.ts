import { describe, expect, it } from "vitest";
import { normalize } from "../../src/tokenizer/normalizer.ts";
import { PrefixMatcher } from "../../src/tokenizer/prefix-matcher.ts";
import type { Options } from "../support/files/model-proto-writer.ts";

function normalized(text: string, options: Options = {}, userDefined: string[] = []): string {
  const normalizerSpec = {
    addDummyPrefix: false,
    removeExtraWhitespaces: false,
    escapeWhitespaces: true,
    ...options,
  };
  const trainerSpec = {
    treatWhitespaceAsSuffix: false,
    byteFallback: true,
    bosPiece: "<bos>",
    eosPiece: "<eos>",
    padPiece: "<pad>",
    unkSurface: " ⁇ ",
    ...options,
  };
  return normalize(text, { normalizerSpec, trainerSpec }, new PrefixMatcher(userDefined));
}

describe("normalize", () => {
  it("for Gemma, turns every space into ▁ and leaves all else", () => {
    expect(normalized("  a\tb\u00a0c \n▁")).toBe("▁▁a\tb\u00a0c▁\n▁");
  });

  it("turns each unpaired surrogate into U+FFFD, and no pair", () => {
    expect(normalized("\ud800a\udc00\ud83e\udd99\ud83e")).toBe("\ufffda\ufffd🦙\ufffd");
  });

  it("adds the dummy prefix to any text but the empty one", () => {
    expect(normalized("a", { addDummyPrefix: true })).toBe("▁a");
    expect(normalized(" ", { addDummyPrefix: true })).toBe("▁▁");
    expect(normalized("", { addDummyPrefix: true })).toBe("");
  });

  it("adds it at the end where whitespace is a suffix", () => {
    const options = { addDummyPrefix: true, treatWhitespaceAsSuffix: true };
    expect(normalized("a b", options)).toBe("a▁b▁");
  });

  it("removes extra spaces, of which tabs are none", () => {
    const options = { removeExtraWhitespaces: true };
    expect(normalized("  a  b \t  c   ", options)).toBe("a▁b▁\t▁c");
    expect(normalized("   ", { ...options, addDummyPrefix: true })).toBe("");
  });

  it("removes a ▁ at the end like a space, but none at the start", () => {
    expect(normalized("▁a▁", { removeExtraWhitespaces: true })).toBe("▁a");
  });

  it("keeps the spaces inside a user-defined piece, but not those it starts with", () => {
    const options = { removeExtraWhitespaces: true };
    expect(normalized("a  b", options, ["a  b"])).toBe("a▁▁b");
    expect(normalized("a   b", options, ["  b"])).toBe("a▁b");
  });

  it("leaves spaces as they are when told not to escape them", () => {
    const options = {
      escapeWhitespaces: false,
      addDummyPrefix: true,
      removeExtraWhitespaces: true,
    };
    expect(normalized(" a  b ▁", options)).toBe(" a b ▁");
  });
});
