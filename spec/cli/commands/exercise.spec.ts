/** The command as a process: its files, its worker, its texts. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { template, templatePath } from "../../support/exercises.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { buildProgram, startNode } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("exercise");
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
let program = "";

beforeAll(async () => {
  program = await buildProgram(scratch);
  symlinkSync(join(ROOT, "templates"), join(scratch, "templates"), "junction");
  await build({
    entryPoints: [join(ROOT, "src/exercises/run/worker.ts")],
    outfile: join(scratch, "dist/cli/worker.js"),
    ...{ bundle: true, platform: "node", format: "esm" },
  });
});

/** A learner's folder. */
function desk(name: string) {
  const cwd = join(scratch, name);
  mkdirSync(cwd);
  const file = (path: string) => join(cwd, path);
  return {
    file,
    read: (path: string) => readFileSync(file(path), "utf8"),
    write: (path: string, text: string) => writeFileSync(file(path), text),
    /** As a process, whose worker is one file, too. */
    async check(...argv: string[]) {
      const { ended, seen } = startNode([program, "exercise", ...argv], {}, cwd);
      return { code: await ended, ...seen };
    },
    /** What runs no file needs no process. */
    async exercise(...argv: string[]) {
      const before = process.cwd();
      process.chdir(cwd);
      return cli(["exercise", ...argv]).finally(() => process.chdir(before));
    },
  };
}

const WITHOUT_ONE = `
export function rmsNorm(x, weight, eps) {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, d) => (value / Math.sqrt(square + eps)) * weight[d]);
}`;

describe("exercise", () => {
  it("goes from the stub over a mistake to a tick", { timeout: 60_000 }, async () => {
    const { check, exercise, read, write } = desk("way");
    const task = await exercise("rmsnorm");
    expect([task.code, task.err]).toEqual([0, ""]);
    expect(task.out).toContain("Write rmsNorm(x, weight, eps) in learn/rmsnorm.js, then:");
    expect(read("learn/rmsnorm.js")).toBe(template("rmsnorm", "stub"));
    const untouched = await exercise("rmsnorm");
    expect(untouched.code).toBe(1);
    expect(untouched.out).toContain('learn/rmsnorm.js still says "not yet".');
    expect((await exercise("solution", "rmsnorm")).out).toContain("after a check has failed once");

    // Printed once, of the case that fails; not again for the name of the mistake, or in the running model.
    const printing = WITHOUT_ONE.replace("const", 'console.log("eps", eps);\n  const');
    write("learn/rmsnorm.js", printing);
    const wrong = await check("rmsnorm");
    expect(wrong).toEqual({
      code: 1,
      err: "eps 0.000001\n",
      out: `✗ rmsnorm    case "calculator": x = [3, 4], weight = [0, 0.5], eps = 1e-6
             yours     [0, 0.5657]
             expected  [0.8485, 1.6971]
  This is what comes out if the gain is \`weight\`. Gemma stores it as an offset:
  which value leaves x as it is?
  With this norm the model says:
    "Mira the fox had 6 plums. At the lighthouse........................"
`,
    });
    expect(read("learn/rmsnorm.js")).toBe(printing);

    const { out } = await exercise("solution", "rmsnorm");
    expect(out).toBe(template("rmsnorm", "solution"));
    write("learn/rmsnorm.js", out);
    const right = await check("rmsnorm", "--json");
    expect(right.code).toBe(0);
    expect(JSON.parse(right.out)).toMatchObject({ state: "passed", said: { right: true } });
    expect((await exercise()).out).toMatch(/1 of 19\n(.*\n)* {2}✓ {2}rmsnorm {4}divide/);
    const { out: played } = await check("play");
    expect(played).toContain("yours      rmsnorm\n  ours       merge, embed, linear");
  });

  it("shows one hint after another, then the first again", async () => {
    const { exercise, read } = desk("hints");
    const shown = [];
    for (let i = 0; i < 4; i++) shown.push((await exercise("hint", "kvhead")).out);
    expect(shown.map((text) => text.split("\n")[0])).toEqual(
      [1, 2, 3, 1].map((n) => `kvhead, hint ${n} of 3`),
    );
    expect(shown[2]).toContain("Math.floor(n * K / N)");
    expect(JSON.parse(read("learn/progress.json"))).toEqual({ kvhead: { hints: 1 } });
  });

  it("ends a loop that does not, and shows what it printed", async () => {
    const { check, write } = desk("endless");
    write(
      "mine.js",
      "export const rmsNorm = () => { for (let i = 0; ; i++) if (i < 2) console.log(i); };",
    );
    const { code, out, err } = await check("rmsnorm", "mine.js", "--seconds", "0.5");
    expect([code, err]).toEqual([1, "0\n1\n"]);
    expect(out).toMatch(/^✗ rmsnorm {4}No end after 0\.5 s: .*\. Does the loop end\?$/m);
  });

  // Two processes, each a second or two: `npm run test:long`. spec/exercises/detective has the rest.
  it.runIf(IS_LONG)("hears a detective of three engines", { timeout: 30_000 }, async () => {
    const { check, exercise, write } = desk("detective");
    const { out } = await exercise("detective");
    expect(out).toContain("Write detective(suspect, gemma, ids) in learn/detective.js, then:");
    write("learn/detective.js", "export default (suspect) => console.log(suspect.name);");
    const wrong = await check("detective");
    expect([wrong.code, wrong.err]).toEqual([1, "A\nB\nC\n"]);
    expect(wrong.out).toContain("✗ detective  0 of 3 engines are named\n  ✗ A  no tap yet\n");
    write("learn/detective.js", (await exercise("solution", "detective")).out);
    const right = await check("detective", "--json");
    expect([right.code, right.err]).toEqual([0, ""]);
    expect(JSON.parse(right.out)).toMatchObject({
      state: "passed",
      findings: [{ suspect: "A", mistake: { id: "rope-theta-1e6" } }, {}, {}],
    });
    expect((await exercise()).out).toMatch(/1 of 19\n(.*\n)* {2}✓ {2}detective /);
  });

  // Two processes, too. spec/exercises/tasks/gradcheck.spec.ts has the rest.
  it.runIf(IS_LONG)("checks what no running model has", { timeout: 30_000 }, async () => {
    const { check, exercise, write } = desk("beside");
    await exercise("gradcheck");
    const solution = template("gradcheck", "solution");
    write("learn/gradcheck.js", solution.replace("1e-5)", "1e-15)"));
    const wrong = await check("gradcheck");
    expect([wrong.code, wrong.err]).toEqual([1, ""]);
    expect(wrong.out).toContain("All twins are named, the right ones too");
    expect(wrong.out).not.toContain("the model says");
    write("learn/gradcheck.js", solution);
    const right = await check("gradcheck");
    expect([right.code, right.err]).toEqual([0, ""]);
    expect(right.out).toMatch(/^✓ gradcheck .*\n(.*\n)? {2}Next: .* adamw\n$/);
  });

  it("checks again whenever the file is saved", async () => {
    const { file, write } = desk("watch");
    // It is saved again, right, while it is checked for the first time.
    write(
      "mine.js",
      `import { copyFileSync } from "node:fs";
      copyFileSync(${JSON.stringify(templatePath("rmsnorm", "solution"))}, "mine.js");
      export const rmsNorm = () => {};`,
    );
    const argv = [program, "exercise", "rmsnorm", "mine.js", "--watch"];
    const { child, ended, seen } = startNode(argv, {}, file("."));
    const says = (text: string) =>
      expect.poll(() => seen.out, { timeout: 20_000, interval: 20 }).toContain(text);
    await says("Nothing came back. Is there a return?");
    await says("✓ rmsnorm");
    write("mine.js", "export function rmsNorm(x) {\n  let y = ;\n}");
    await says("The file does not run. SyntaxError: Unexpected token ';', at line 2\n");
    child.kill("SIGINT");
    expect([await ended, seen.err]).toEqual([1, ""]);
  });
});

describe("exercise, without a file to run", () => {
  it("says what to do about a folder, and about progress that is no JSON", async () => {
    const { exercise, file, write } = desk("astray");
    mkdirSync(file("learn"));
    const folder = await exercise("rmsnorm", "learn");
    expect(folder.err).toContain('"FILE" expected a file, got the folder learn; name a file in it');
    write("learn/progress.json", "{");
    const { code, err } = await exercise();
    expect([code, err]).toEqual([1, expect.stringContaining("; remove it: your files stay, and")]);
  });

  it.each([
    [["exercise", "rmsNorm"], 'unknown exercise "rmsNorm"; did you mean rmsnorm? (see'],
    [["exercise", "segment"], 'unknown exercise "segment"; did you mean merge? (see'],
    [["exercise", "xyz"], 'unknown exercise "xyz"; there are merge, embed, rmsnorm,'],
    [["exercise", "hint"], "expected NAME, one of merge, embed,"],
    [["exercise", "rmsnorm", "a.js", "b.js"], 'unexpected argument "b.js"'],
    [["exercise", "rmsnorm", "--seconds", "0"], '--seconds expects a positive number, got "0"'],
  ])("%j is refused", async (argv, message) => {
    const { code, err } = await cli(argv);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("refuses TypeScript where Node does not run it", async () => {
    if ((process.features as { typescript?: unknown }).typescript) return;
    const path = join(scratch, "mine.ts");
    const { code, err } = await cli(["exercise", "rmsnorm", path]);
    expect([code, err]).toEqual([1, expect.stringContaining("Node runs TypeScript from 22.18 on")]);
    expect(existsSync(path)).toBe(false);
  });
});
