/**
 * A testee that behaves badly: `node bad-testee.mjs [WAY [STATE]]`. It adds x and y, whatever the operator, but for
 * operators that are called as its bad ways. Others show at its start or its end: WAY. STATE is a file that is there
 * from the second start on. On stderr it says its process id, and those of the processes that it starts.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const [way, state] = process.argv.slice(2);
const isAgain = state !== undefined && existsSync(state);
if (state !== undefined) writeFileSync(state, "");

const print = (text, done) => process.stdout.write(text, done);
const line = (object) => `${JSON.stringify(object)}\n`;
const stay = () => setInterval(() => {}, 2 ** 30);
const forever = (write) => {
  const again = () => {
    while (write());
    process.stdout.once("drain", again);
  };
  again();
};
const out = (seq, array) => ({ seq, taps: { out: array } });

const AT_START = {
  "ends at once": () => {
    console.error("loading\ncannot find the weights");
    process.exit(3);
  },
  "ends when started again": () => isAgain && process.exit(4),
  "greets people": () => print("Loading model...\n"),
  "says nothing": () => new Promise(stay),
};

const WHEN_BAD = {
  "writes no JSON": () => print("let me think\n"),
  "writes another kind of JSON": () => print("[1,2]\n"),
  "answers another request": (seq) => print(line({ seq: seq - 1, taps: {} })),
  "answers nothing": (seq) => print(line({ seq })),
  "answers in another shape": (seq) => print(line(out(seq, [[1], [2], [3]]))),
  "answers too few numbers": (seq) => print(line(out(seq, { shape: [1, 2], data: [1] }))),
  "answers NaN": (seq) => print(`{"seq":${seq},"taps":{"out":[[NaN,2]]}}\n`),
  "says that it failed": (seq) => print(line({ seq, error: "no kernel image" })),
  "does not do this": (seq) => print(line({ seq, skip: "no float32 on this chip" })),
  "keeps silent": () => console.error("thinking"),
  crashes: () => {
    console.error("thread 'main' panicked at src/main.rs:7");
    process.exit(101);
  },
  "is killed": () => process.kill(process.pid, "SIGKILL"),
  "answers, and ends": (seq, sum) =>
    process.stdout.write(line(out(seq, sum)).trimEnd(), process.exit),
  "closes its stdout": () => {
    closeSync(1);
    stay();
  },
  "writes without a newline": () => forever(() => print("x".repeat(2 ** 16))),
  "writes lines without end": () => forever(() => print("x\n".repeat(2 ** 15))),
  "answers twice": (seq, sum) => print(line(out(seq, sum)).repeat(2)),
  "answers again later": (seq, sum) => {
    // Before the answer: whoever reads it may send the signal at once, which ends a process that does not listen.
    process.once("SIGUSR2", () => print(line(out(seq, sum))));
    print(line(out(seq, sum)));
  },
  "answers in pieces": (seq, sum) => {
    for (const byte of Buffer.from(`\r\n \n${line(out(seq, sum)).trimEnd()}\r\n\n`)) {
      writeSync(1, Uint8Array.of(byte));
    }
  },
  "talks all the time": (seq, sum) => {
    process.stderr.write("y".repeat(2 ** 22), () => print(line(out(seq, sum))));
  },
};

console.error(`process ${process.pid}`);
if (way === "starts others") {
  const script = `process.on("SIGTERM", () => {}); setInterval(() => {}, ${2 ** 30})`;
  const other = spawn(process.execPath, ["-e", script], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  other.unref(); // it stays when this process ends
  console.error(`process ${other.pid}`);
}
if (way === "ignores its end") {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
  stay();
}
await AT_START[way]?.();

for await (const text of createInterface({ input: process.stdin })) {
  const { seq, do: what, op, inputs } = JSON.parse(text);
  if (what === "bye") break;
  const numbers = (name) =>
    new Float32Array(Uint8Array.from(atob(inputs[name].base64), (c) => c.charCodeAt(0)).buffer);
  const sum = what === "op" ? [Array.from(numbers("x"), (x, i) => x + numbers("y")[i])] : undefined;
  if (Object.hasOwn(WHEN_BAD, op ?? "")) WHEN_BAD[op](seq, sum);
  else print(line(sum ? out(seq, sum) : { seq, name: "bad" }));
}
