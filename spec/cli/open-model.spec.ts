/** What is said on stderr of a model and what goes into it, whatever the command. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli } from "../support/cli.ts";
import { scratchFolder } from "../support/scratch.ts";

const TYPED =
  "has <bos> in it, which counts as text there; it is put before every text; leave it out";
const out = join(scratchFolder("open-model"), "logits.npy");

it.each([
  [["generate", "<bos>Mira", "--max-tokens", "1"], `the text ${TYPED}, or give --special`],
  [["score", "<bos>Mira"], `the text ${TYPED}, or give --special`],
  [["logits", "--text", "<bos>Mira", "--out", out], `the text ${TYPED}, or give --special`],
  // A message is never read with --special: chat has no such option, and --chat refuses it.
  [["generate", "--chat", "<bos>Hi", "--max-tokens", "1"], `a message ${TYPED}`],
  [["chat", "--max-tokens", "1"], `the message ${TYPED}`],
])(
  "%j: a BOS that was typed is noticed, with a way out that the command has",
  async (argv, said) => {
    const { code, err } = await cli(argv, { stdin: "<bos>Hi\n" });
    expect([code, err]).toEqual([0, `Warning: ${said}.\n`]);
  },
);

it("--backend auto says on a terminal which it is, and why", async () => {
  const argv = ["generate", "Once", "--max-tokens", "1", "--backend", "auto"];
  const { code, err } = await cli([...argv, "--precision", "float64"], { terminal: true });
  expect(code).toBe(0);
  expect(err).toContain("--backend auto is cpu here: no other computes in float64.\n");
  expect((await cli([...argv, "--precision", "float64"])).err).toBe("");
});
