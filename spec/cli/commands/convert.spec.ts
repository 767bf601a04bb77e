import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { writeSafetensors } from "../../../src/checkpoint/safetensors/write.ts";
import { openPath } from "../../../src/node/open-path.ts";
import { cli } from "../../support/cli.ts";
import { contents } from "../../support/contents.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { untied } from "../../support/untied.ts";
import { whole } from "../../support/whole.ts";

const folder = scratchFolder("convert");
const TINY = fixture("tiny-stories-it");
const QUESTION = ["generate", "--chat", "What is 3 plus 4?"];

async function tensors(path: string): Promise<Map<string, string>> {
  const { tensors, close } = await openCheckpoint(await openPath(path));
  const all = await contents(tensors);
  await close();
  return all;
}

describe("convert", () => {
  it("writes a GGUF file that answers as the checkpoint does, and where it came from", async () => {
    const out = join(folder, "tiny.gguf");
    const { code, out: said, err } = await cli(["convert", TINY, out, "--json"]);
    expect([code, err]).toEqual([0, ""]);
    const bytes = readFileSync(out);
    const provenance = {
      from: "tiny-stories-it",
      file: "tiny.gguf",
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      type: "as stored",
      writer: "gemma-reference",
    };
    expect(JSON.parse(said)).toEqual(provenance);
    expect(JSON.parse(readFileSync(`${out}.json`, "utf8"))).toEqual(provenance);
    expect(await cli([...QUESTION, "--model", out])).toEqual(
      await cli([...QUESTION, "--model", TINY]),
    );
  });

  it("keeps an output projection that is not the table, and says where it was not said", async () => {
    const from = join(folder, "untied");
    cpSync(TINY, from, { recursive: true });
    const { tensors: both } = await untied("tiny-stories-it");
    writeFileSync(join(from, "model.safetensors"), await whole(writeSafetensors(both)));
    const ask = ["score", "The fox saw a plum.", "--json", "--model"];
    const { code, out: scored, err } = await cli([...ask, from]);
    expect([code, err]).toEqual([0, expect.stringMatching(/Warning: .*lm_head\.weight has other/)]);
    expect(scored).not.toBe((await cli([...ask, TINY])).out);
    const original = await tensors(from);
    let last = from;
    for (const out of ["untied.gguf", "untied.npz", "untied-out"]) {
      const path = join(folder, out);
      const done = await cli(["convert", last, path]);
      expect([out, done.code]).toEqual([out, 0]);
      expect(/lm_head\.weight has other numbers/.test(done.err)).toBe(last === from);
      expect(/llama\.cpp refuses/.test(done.err)).toBe(out.endsWith(".gguf"));
      expect((await cli([...ask, path])).out).toBe(scored);
      expect((await tensors(path)).get("lm_head.weight")).toBe(original.get("lm_head.weight"));
      last = path;
    }
    const { tie_word_embeddings } = JSON.parse(readFileSync(join(last, "config.json"), "utf8"));
    expect(tie_word_embeddings).toBe(false);
    const [given, written] = [await cli(["inspect", from]), await cli(["inspect", last])];
    expect([given.code, written.code]).toEqual([0, 0]);
    expect(given.out).toMatch(/Warnings\n.*lm_head\.weight has other numbers/);
    expect(written.out).not.toContain("Warnings");
    for (const { out } of [given, written]) {
      expect(out).toMatch(/tieWordEmbeddings +false/);
      expect(out).toMatch(/embedding +131,072\n +output +131,072\n/);
    }
  });

  it("says that llama.cpp needs the tokenizer which is not there", async () => {
    const out = join(folder, "mute.gguf");
    const { code, err } = await cli(["convert", fixture("mqa"), out]);
    expect([code, err]).toEqual([0, expect.stringContaining("no tokenizer in it")]);
  });

  it("makes it smaller with --type", async () => {
    const sizes = [];
    for (const type of ["BF16", "Q8_0", "Q4_0"]) {
      const out = join(folder, `tiny.${type}.gguf`);
      expect((await cli(["convert", TINY, out, "--type", type])).out).toContain("sha256");
      sizes.push(readFileSync(out).length);
    }
    expect(sizes[1] / sizes[0]).toBeCloseTo(0.53, 1);
    expect(sizes[2] / sizes[0]).toBeCloseTo(0.28, 1);
  });

  it("refuses --name for what has no name inside", async () => {
    for (const out of ["named", "named.npz"]) {
      const argv = ["convert", TINY, join(folder, out), "--name", "my-model"];
      const { code, err } = await cli(argv);
      expect([code, existsSync(join(folder, out))]).toEqual([2, false]);
      expect(err).toContain("--name is written into GGUF files only: give OUT.gguf");
    }
  });

  it("writes a folder: the tensors bit for bit, config and tokenizer with them", async () => {
    const out = join(folder, "tiny");
    expect((await cli(["convert", TINY, out, "--json"])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "model.safetensors.json",
      "tokenizer.model",
      "tokenizer_config.json",
    ]);
    expect(readFileSync(join(out, "tokenizer.model"))).toEqual(
      readFileSync(join(TINY, "tokenizer.model")),
    );
    const [ours, theirs] = await Promise.all([out, TINY].map((path) => tensors(path)));
    expect(ours).toEqual(theirs);
    expect(await cli([...QUESTION, "--model", out])).toEqual(
      await cli([...QUESTION, "--model", TINY]),
    );
  });

  it("makes of a GGUF file's vocabulary a tokenizer.model", async () => {
    const gguf = join(folder, "again.gguf");
    const out = join(folder, "again");
    await cli(["convert", TINY, gguf]);
    expect((await cli(["convert", gguf, out, "--type", "BF16"])).err).toBe("");
    expect(await tensors(out)).toEqual(await tensors(TINY));
    expect(await cli([...QUESTION, "--model", out])).toEqual(
      await cli([...QUESTION, "--model", TINY]),
    );
  });

  it("puts a folder only where there is none, and leaves nothing when it is stopped", async () => {
    const empty = mkdtempSync(join(folder, "stopped-"));
    const out = join(empty, "model");
    expect((await cli(["convert", TINY, out], { signal: AbortSignal.abort() })).code).toBe(130);
    expect(readdirSync(empty)).toEqual([]);
    const taken = await cli(["convert", TINY, folder]);
    expect([taken.code, taken.err]).toEqual([1, expect.stringContaining("a folder with files")]);
    expect((await cli(["convert", TINY, empty])).code).toBe(0); // an empty one is taken over
  });

  it("keeps every bit from a folder to .npz, to GGUF, to a folder, and to .npz again", async () => {
    const hops = ["hop.npz", "hop.gguf", "hop", "again.npz"].map((name) => join(folder, name));
    const expected = await tensors(TINY);
    for (const [i, out] of hops.entries()) {
      // Norms leave GGUF as float32, with w rounded where 1 + w was: far below what bfloat16 has room for.
      const type = i === 3 ? ["--type", "BF16"] : [];
      const { code, err } = await cli(["convert", hops[i - 1] ?? TINY, out, ...type]);
      expect([out, code, err]).toEqual([out, 0, ""]);
      const got = await tensors(out);
      for (const [name, content] of expected) {
        const isWider = (i === 1 || i === 2) && name.includes("norm");
        if (!isWider) expect([name, got.get(name)]).toEqual([name, content]);
      }
    }
    const answer = await cli([...QUESTION, "--model", TINY]);
    for (const out of [hops[0], hops[3]]) {
      expect(await cli([...QUESTION, "--model", out])).toEqual(answer);
    }
    const bytes = readFileSync(hops[0]);
    expect(JSON.parse(readFileSync(`${hops[0]}.json`, "utf8"))).toEqual({
      from: "tiny-stories-it",
      file: "hop.npz",
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      type: "as stored",
      writer: "gemma-reference",
    });
  });

  it("widens an .npz with --type, and says that it has no blocks", async () => {
    const out = join(folder, "wide.npz");
    expect((await cli(["convert", TINY, out, "--type", "F32"])).code).toBe(0);
    const { tensors, close } = await openCheckpoint(await openPath(out));
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["float32"]));
    await close();
    const { code, err } = await cli(["convert", TINY, out, "--type", "Q8_0"]);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(".npz has no Q8_0: give F32, F16, BF16"),
    ]);
  });

  it("leaves an older file alone, and nothing else, when it is stopped or fails", async () => {
    const empty = mkdtempSync(join(folder, "stopped-"));
    const out = join(empty, "old.gguf");
    writeFileSync(out, "old");
    expect((await cli(["convert", TINY, out], { signal: AbortSignal.abort() })).code).toBe(130);
    expect((await cli(["convert", "/nowhere", out])).code).toBe(1);
    const missing = await cli(["convert", TINY, join(empty, "no", "such.gguf")]);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("no such folder")]);
    expect([readdirSync(empty), readFileSync(out, "utf8")]).toEqual([["old.gguf"], "old"]);
  });

  it.skipIf(process.platform === "win32")(
    "follows links, also to where nothing is yet",
    async () => {
      const at = (name: string) => join(folder, "links", name);
      mkdirSync(at("empty"), { recursive: true });
      for (const [link, target] of [
        ["file.gguf", "new.gguf"],
        ["folder", "new"],
        ["taken", "empty"],
      ]) {
        symlinkSync(target, at(link));
        const { code, err } = await cli(["convert", TINY, at(link)]);
        expect([link, code, err]).toEqual([link, 0, ""]);
        expect(lstatSync(at(link)).isSymbolicLink()).toBe(true);
        expect(existsSync(at(target))).toBe(true);
        expect(await tensors(at(link))).toEqual(await tensors(at(target)));
      }
      symlinkSync("no/where.gguf", at("lost.gguf"));
      const lost = await cli(["convert", "/nowhere", at("lost.gguf")]);
      expect(lost.err).toContain("links/no expected a folder to write into, got no such folder");
    },
  );

  it("refuses before it reads what it could not write in the end", async () => {
    const out = join(folder, "blocked.gguf");
    mkdirSync(`${out}.json`);
    const blocked = await cli(["convert", "/nowhere", out]);
    expect(blocked.err).toContain("blocked.gguf.json expected a file name, got a folder");
    const long = await cli(["convert", "/nowhere", join(folder, `${"x".repeat(248)}.gguf`)]);
    expect(long.err).toContain("got a name longer than the file system allows (ENAMETOOLONG)");
  });

  it("refuses to replace the file it reads, by whatever name", async () => {
    const own = join(folder, "own");
    mkdirSync(own);
    const source = join(own, "in.gguf");
    expect((await cli(["convert", TINY, source])).code).toBe(0);
    rmSync(`${source}.json`);
    linkSync(source, join(own, "hard.gguf"));
    symlinkSync(source, join(folder, "soft.gguf"));
    const before = readFileSync(source);
    for (const [from, out] of [
      [source, source],
      [source, join(own, "hard.gguf")],
      [source, join(folder, "soft.gguf")],
      [join(folder, "soft.gguf"), source],
    ]) {
      const { code, err } = await cli(["convert", from, out]);
      const refusal = expect.stringMatching(/another file than those.*(in|soft)\.gguf/);
      expect([code, err]).toEqual([1, refusal]);
    }
    rmSync(join(own, "hard.gguf"));
    expect((await cli(["convert", own, source])).err).toContain("another file than those");
    expect(readFileSync(source).equals(before)).toBe(true);
    expect(readdirSync(own)).toEqual(["in.gguf"]);
  });
});
