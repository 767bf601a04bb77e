/** How a server takes on work, and lets go of it. */
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import type { ServerOptions } from "../../../src/node/serve/options.ts";
import { type GemmaServer, serve } from "../../../src/node/serve/serve.ts";
import { fixtureFolder } from "../../support/files.ts";
import { logged, type PassLog } from "../../support/pass-log.ts";
import { ask, serveAnywhere } from "../../support/serve.ts";

let gemma: Gemma;
let log: PassLog;
/** Lets passes be read, which all wait for it. */
let go: () => void;
let servers: GemmaServer[] = [];
beforeAll(async () => {
  const made = logged(cpuBackend());
  log = made.log;
  gemma = await Gemma.load(fixtureFolder("tiny-stories"), { backend: made.backend });
});
afterAll(() => gemma.dispose());
beforeEach(() => {
  log.passes.length = 0;
  let wait: Promise<void> | undefined = new Promise((resolve) => {
    go = () => {
      wait = undefined;
      resolve();
    };
  });
  log.onRead = () => wait;
});
afterEach(async () => {
  go();
  for (const server of servers) await server.stop();
  servers = [];
});

async function start(options: ServerOptions = {}): Promise<GemmaServer> {
  const server = await serveAnywhere(gemma, options);
  servers.push(server);
  return server;
}

const body = (prompt: string, more = {}) => ({ prompt, max_tokens: 3, temperature: 0, ...more });
const complete = (server: GemmaServer, prompt: string, more = {}, init: RequestInit = {}) => {
  return ask(server, "/v1/completions", body(prompt, more), init);
};
const counts = async (server: GemmaServer) => (await ask(server, "/health")).json;
const under = (server: GemmaServer) => expect.poll(async () => (await counts(server)).requests);

describe("a server", () => {
  it("listens to this machine alone, on a port that is said, or refuses one that is taken", async () => {
    go();
    const { url, port } = await start();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const error = await serve(gemma, { port }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(String(error)).toContain(`"port" expected a port that is free, got 127.0.0.1:${port}`);
    const other = await start({ host: "localhost", port: 0 });
    expect((await counts(other)).status).toBe("ok");
    await expect(serve(gemma, { port: 0, host: "192.0.2.1" })).rejects.toThrow('"host" expected');
  });

  it("is not asked by another name, which a page may have made to mean this machine", async () => {
    const server = await start();
    const asked = (host: string) => {
      return new Promise((resolve) => {
        const sent = request(`${server.url}/v1/models`, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.end();
      });
    };
    const hosts = [
      "evil.example",
      "localhost.evil.example:80",
      "localhost:1",
      "127.0.0.1",
      "[::1]:8080",
    ];
    const statuses = [];
    for (const host of hosts) statuses.push(await asked(host));
    expect(statuses).toEqual([403, 403, 200, 200, 200]);
  });

  it("asks for a key, if it has one", async () => {
    const server = await start({ key: "sesame" });
    const models = async (authorization?: string) => {
      const headers = new Headers(authorization === undefined ? {} : { authorization });
      return (await ask(server, "/v1/models", undefined, { headers })).status;
    };
    expect(await models()).toBe(401);
    expect(await models("Bearer sesam")).toBe(401);
    expect(await models("Basic sesame")).toBe(401);
    expect(await models("Bearer sesame")).toBe(200);
    expect((await complete(server, "Mira")).json.error.code).toBe("invalid_api_key");
    expect((await counts(server)).status).toBe("ok");
  });

  it("lets pages of named origins ask, and of no others", async () => {
    const [here, other] = ["http://localhost:3000", "http://other.example"];
    const allowed = async (server: GemmaServer, origin: string) => {
      const asks = { origin, "access-control-request-method": "POST" };
      const preflight = await fetch(`${server.url}/v1/completions`, {
        method: "OPTIONS",
        headers: asks,
      });
      const answer = await ask(server, "/v1/models", undefined, { headers: { origin } });
      return [preflight, answer].map(({ headers }) => headers.get("access-control-allow-origin"));
    };
    const [none, one, all] = [
      await start(),
      await start({ cors: here }),
      await start({ cors: ["*"] }),
    ];
    expect(await allowed(none, here)).toEqual([null, null]);
    expect(await allowed(one, here)).toEqual([here, here]);
    expect(await allowed(one, other)).toEqual([null, null]);
    expect(await allowed(all, other)).toEqual([other, other]);
  });

  it("computes requests together that come together", async () => {
    const server = await start();
    const prompts = ["Mira the fox", "Sam the crow", "Finn the turtle", "Once"];
    const answers = prompts.map((prompt) => complete(server, prompt));
    await under(server).toBe(4);
    await expect.poll(async () => (await counts(server)).texts_under_way).toBe(4);
    go();
    const texts = (await Promise.all(answers)).map(({ json }) => json.choices[0].text);
    const together = log.passes.filter(({ length }) => length === 4);
    expect(together.length).toBeGreaterThanOrEqual(1);
    const alone = await Promise.all(
      prompts.map((one) => gemma.generate(one, { maxTokens: 3 }).text()),
    );
    expect(texts).toEqual(alone);
  });

  it("feeds once what requests begin with alike that come together", async () => {
    const server = await start();
    const question = "Pearl the goat had 9 cookies. She gave 3 cookies to Tom. Now she has";
    const choices = [" 6 cookies", " 3 cookies", " 9 cookies"];
    const more = { max_tokens: 1, echo: true, logprobs: 1 };
    const answers = choices.map((choice) => complete(server, question + choice, more));
    await expect.poll(async () => (await counts(server)).texts_under_way).toBe(3);
    go();
    const [common, own] = [question, choices[0]].map((text) => gemma.encode(text).length);
    for (const [i, { json }] of (await Promise.all(answers)).entries()) {
      const { logprobs } = await gemma.score(question + choices[i]);
      expect(json.choices[0].logprobs.token_logprobs.slice(0, -1)).toEqual([...logprobs]);
    }
    expect((await counts(server)).tokens_fed).toBeLessThan(common + 3 * own + 3);
  });

  it("has as many texts under way as it may, and turns away those beyond its queue", async () => {
    const server = await start({ parallel: 1, queue: 3 });
    const answers = ["Mira", "Sam", "Finn"].map((prompt) => complete(server, prompt));
    await under(server).toBe(3);
    expect((await counts(server)).texts_under_way).toBe(1);
    const fourth = await complete(server, "Once");
    expect([fourth.status, fourth.json.error.code]).toEqual([429, "queue_full"]);
    expect(fourth.headers.get("retry-after")).toBe("1");
    go();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await complete(server, "Once")).status).toBe(200);
  });

  it("frees the place of a client that hangs up, waiting or under way", async () => {
    const server = await start({ parallel: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const left = [first, second].map(({ signal }) => {
      return complete(server, "Mira", { max_tokens: 400 }, { signal }).catch((error) => error.name);
    });
    await under(server).toBe(2);
    const third = complete(server, "Sam");
    await under(server).toBe(3);
    second.abort();
    await under(server).toBe(2);
    first.abort();
    await under(server).toBe(1);
    go();
    expect(await Promise.all(left)).toEqual(["AbortError", "AbortError"]);
    expect((await third).status).toBe(200);
    const fed = log.passes.flat().length;
    expect(fed).toBeLessThan(20); // and not 400
  });

  it("says what failed to its operator, and not to the client", async () => {
    const errors: unknown[] = [];
    const server = await start({ onError: (error) => errors.push(error) });
    const failure = new Error("the disk's path is /secret");
    log.onRead = () => Promise.reject(failure);
    const { status, json } = await complete(server, "Mira");
    expect([status, json.error.type]).toEqual([500, "server_error"]);
    expect(JSON.stringify(json)).not.toContain("secret");
    expect(errors).toEqual([failure]);
    log.onRead = () => {};
    expect((await complete(server, "Mira")).status).toBe(200);
  });
});

describe("the end of a server", () => {
  it("waits for answers under way, and takes nothing more", async () => {
    const server = await start();
    const idle = connect(server.port);
    const answer = complete(server, "Mira", { stream: true }).catch(() => "not JSON");
    const whole = complete(server, "Sam");
    await under(server).toBe(2);
    let isClosed = false;
    const closed = server.close().then(() => {
      isClosed = true;
    });
    await expect(fetch(server.url)).rejects.toThrow();
    expect(isClosed).toBe(false);
    go();
    expect([await answer, (await whole).status]).toEqual(["not JSON", 200]);
    await closed;
    expect(
      idle.destroyed || (await new Promise((resolve) => idle.on("close", () => resolve(true)))),
    ).toBe(true);
  });

  it("comes at once, if it has to", async () => {
    const server = await start();
    const answer = complete(server, "Mira").catch((error) => error.name);
    await under(server).toBe(1);
    await server.stop();
    expect(await answer).toBe("TypeError"); // fetch failed
    go();
    expect((await gemma.generate("Sam", { maxTokens: 2 }).text()).length).toBeGreaterThan(0);
  });
});
