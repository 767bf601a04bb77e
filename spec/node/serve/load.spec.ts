/** A server under load: many clients, half of which leave early, and some that mean harm: in test:long. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { xoshiro128 } from "../../../src/random.ts";
import { fixtureFolder } from "../../support/files.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { ask, serveAnywhere } from "../../support/serve.ts";

const CLIENTS = 50;
const EACH = 40;
/** Bytes that V8's own compiled code and caches may take, over 1,000 requests: measured 0.5 MB. */
const GROWTH = 4e6;

const NAMES = ["Mira", "Sam", "Finn", "Pearl", "Hugo", "Jade", "Opal", "Ben"];
const HOSTILE: readonly (readonly [path: string, text: string])[] = [
  ["/v1/completions", `{"prompt":"${"a".repeat(10 * 2 ** 20)}"}`],
  ["/v1/completions", '{"prompt":{"length":3}}'],
  ["/v1/completions", `{"prompt":[${"[2],".repeat(5000)}[2]]}`],
  ["/v1/chat/completions", '{"messages":[{"role":"user","content":5}]}'],
  ["/v1/chat/completions", "{".repeat(1000)],
  ["/tokenize", '{"prompt":null}'],
];

it.runIf(IS_LONG)(
  "gives right answers or refusals, whoever leaves, and keeps nothing",
  async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const gemma = await Gemma.load(fixtureFolder("tiny-stories"));
    const failures: unknown[] = [];
    const server = await serveAnywhere(gemma, { queue: 200, onError: (e) => failures.push(e) });
    const prompts = NAMES.map((name) => `${name} the fox had 6 plums. ${name}`);
    const right = await Promise.all(
      prompts.map((one) => gemma.generate(one, { maxTokens: 12 }).text()),
    );
    const counts = { right: 0, wrong: 0, left: 0, refused: 0, others: 0 };

    const client = async (number: number) => {
      const random = xoshiro128(number);
      for (let i = 0; i < EACH; i++) {
        const which = Math.floor(random() * prompts.length);
        const leaves = number % 2 === 0 && random() < 0.7;
        const body = { prompt: prompts[which], max_tokens: leaves ? 300 : 12, temperature: 0 };
        if (leaves) {
          const signal = AbortSignal.timeout(1 + Math.floor(random() * 60));
          await ask(
            server,
            "/v1/completions",
            { ...body, stream: random() < 0.5 },
            { signal },
          ).catch(() => {});
          counts.left++;
        } else if (random() < 0.15) {
          const [path, text] = HOSTILE[Math.floor(random() * HOSTILE.length)];
          const headers = { "content-type": "application/json" };
          const { status } = await fetch(server.url + path, {
            method: "POST",
            body: text,
            headers,
          });
          if (status >= 400 && status < 500) counts.refused++;
          else counts.others++;
        } else {
          const { status, json } = await ask(server, "/v1/completions", body);
          const isRight = status === 200 && json.choices[0].text === right[which];
          counts[isRight ? "right" : "wrong"]++;
        }
      }
    };
    const round = async (from: number) => {
      await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(from + i)));
      await expect.poll(async () => (await ask(server, "/health")).json.requests).toBe(0);
      gc();
      return process.memoryUsage().heapUsed;
    };

    const before = await round(0);
    const after = await round(1000);
    expect([counts.wrong, counts.others, failures]).toEqual([0, 0, []]);
    expect(counts.right).toBeGreaterThan((CLIENTS * EACH) / 2);
    expect(counts.left).toBeGreaterThan(0);
    expect((after - before) * (1000 / (CLIENTS * EACH))).toBeLessThan(GROWTH);
    await server.close();
    await gemma.dispose();
  },
);
