import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ArgumentError, type GemmaError, SourceError, UnsupportedError } from "../../src/errors.ts";
import { downloadFromHub } from "../../src/node/download-from-hub.ts";
import { openPath } from "../../src/node/open-path.ts";
import { connectionOptions, isDirect } from "../../src/node/proxy.ts";
import type { ByteSource } from "../../src/source/byte-source.ts";
import { fetchBytes } from "../../src/source/http/fetch.ts";
import { type FakeHub, fakeHub } from "../support/fake-hub.ts";
import { gemmaGguf } from "../support/files/gguf-file.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import { type HostileServer, honestly, send, serve } from "../support/hostile-server.ts";
import { type LoopbackProxy, loopbackProxy } from "../support/loopback-proxy.ts";
import { scratchFolder } from "../support/scratch.ts";

const FILE = new TextEncoder().encode("a file behind the proxy");
const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

let server: HostileServer;
let proxy: LoopbackProxy;
beforeEach(async () => {
  for (const name of VARIABLES) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  server = await serve((request, response) => send(response, honestly(request, FILE), request));
  proxy = await loopbackProxy();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([server.close(), proxy.close()]);
});

async function get(url: string, env: Record<string, string>): Promise<Uint8Array> {
  const options = { ...(await connectionOptions(env)), backoff: 1 };
  return fetchBytes(url, 1000, options);
}

async function refused(promise: Promise<unknown>): Promise<GemmaError> {
  const error = (await rejection(promise)) as GemmaError;
  expect(error.message).not.toContain("SECRET");
  return error;
}

describe("a proxy", () => {
  it.each<[string, (host: string) => Record<string, string>]>([
    ["HTTP_PROXY", (host) => ({ HTTP_PROXY: `http://${host}` })],
    ["http_proxy, which goes first", (host) => ({ http_proxy: host, HTTP_PROXY: "127.0.0.1:1" })],
    ["ALL_PROXY", (host) => ({ ALL_PROXY: `${host}/`, HTTP_PROXY: "" })],
    ["all_proxy", (host) => ({ all_proxy: `http://${host}`, NO_PROXY: "example.org, 127.0.0.2" })],
  ])("is asked where %s names it", async (_, env) => {
    const url = `${server.origin}/x`;
    expect(await get(url, env(proxy.host))).toEqual(FILE);
    expect(proxy.asked).toEqual([url]);
    expect(server.asked).toHaveLength(1);
  });

  it.each<[string, (host: string) => Record<string, string>]>([
    ["HTTPS_PROXY alone, for http", (host) => ({ HTTPS_PROXY: host })],
    ["NO_PROXY with its host", (host) => ({ HTTP_PROXY: host, NO_PROXY: "example.org,127.0.0.1" })],
    ["no_proxy with a star", (host) => ({ HTTP_PROXY: host, no_proxy: "*", NO_PROXY: "x" })],
    ["an empty variable", () => ({ HTTP_PROXY: " ", http_proxy: "" })],
  ])("is not asked where there is %s", async (_, env) => {
    expect(await get(`${server.origin}/x`, env(proxy.host))).toEqual(FILE);
    expect(proxy.asked).toEqual([]);
  });

  it("is given its user and password, and the server is not", async () => {
    await get(server.origin, { HTTP_PROXY: `http://me:p%40ss@${proxy.host}` });
    expect(proxy.authorized).toEqual([`Basic ${btoa("me:p@ss")}`]);
    expect(server.asked[0].headers).not.toHaveProperty("proxy-authorization");
  });

  it("makes a tunnel for https, from HTTPS_PROXY and not from HTTP_PROXY", async () => {
    await proxy.close();
    proxy = await loopbackProxy(403);
    const env = { HTTPS_PROXY: `http://me:SECRET@${proxy.host}`, HTTP_PROXY: "127.0.0.1:1" };
    const error = await refused(get("https://host.example/x", env));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.got).toContain("403");
    expect(error.hint).toBe(
      `check the connection, and the proxy in HTTPS_PROXY (http://${proxy.host}) and HTTP_PROXY (http://127.0.0.1:1)`,
    );
    expect(new Set(proxy.asked)).toEqual(new Set(["host.example:443"]));
    expect(proxy.asked.length).toBeLessThan(4); // a proxy that refuses will refuse again
  });

  it("that asks for a password is told apart from a server that does", async () => {
    await proxy.close();
    proxy = await loopbackProxy(407);
    const error = await refused(get(server.origin, { HTTP_PROXY: proxy.host }));
    expect(error.message).toMatch(/407/);
    expect(error.hint).toContain("proxy");
  });

  it("that is dead is named, without its password", async () => {
    const env = { HTTP_PROXY: "http://me:SECRET@127.0.0.1:1", HTTPS_PROXY: "127.0.0.1:1" };
    const error = await refused(get(server.origin, env));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.hint).toContain("the proxy in HTTPS_PROXY (http://127.0.0.1:1) and HTTP_PROXY");
    expect(server.asked).toEqual([]);
  });

  it("is thought of where none is set and nothing can be reached", async () => {
    const error = await refused(get("http://127.0.0.1:1/", {}));
    expect(error.hint).toBe("check the connection: behind a proxy, set HTTPS_PROXY");
  });

  it("must have an address that is one, and speak HTTP", async () => {
    for (const HTTP_PROXY of ["http://me:SECRET@", "http://me:SECRET%@host", "http://a b"]) {
      const error = await refused(get(server.origin, { HTTP_PROXY }));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.argument).toBe("HTTP_PROXY");
    }
    const all_proxy = "socks5://me:SECRET@host:1080";
    for (const url of [server.origin, "https://host.example/x"]) {
      const socks = await refused(get(url, { all_proxy }));
      expect(socks).toBeInstanceOf(UnsupportedError);
      expect(socks).toMatchObject({ argument: "all_proxy", got: "socks5://host:1080" });
    }
    expect(server.asked).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ["NO_PROXY is a star", { ALL_PROXY: "socks5://host:1080", NO_PROXY: "*" }],
    ["NO_PROXY has the host", { HTTP_PROXY: "http://", NO_PROXY: "x, 127.0.0.1" }],
    ["it is for the other scheme", { HTTPS_PROXY: "socks5://host:1080" }],
    ["it is for the other scheme, and malformed", { https_proxy: "http://a b" }],
  ])("that cannot be used does no harm where %s", async (_, env) => {
    expect(await get(`${server.origin}/x`, env)).toEqual(FILE);
  });

  it("that cannot be used is refused where an answer leads to it", async () => {
    await server.close();
    server = await serve((_, response) => {
      response.writeHead(302, { location: "https://host.example/x" }).end();
    });
    const error = await refused(get(server.origin, { HTTPS_PROXY: "socks5://host:1080" }));
    expect(error).toMatchObject({ argument: "HTTPS_PROXY", got: "socks5://host:1080" });
  });

  it("is given few connections for many calls", async () => {
    for (let i = 0; i < 8; i++) await get(server.origin, { HTTP_PROXY: proxy.host });
    expect(proxy.asked).toHaveLength(8);
    expect(proxy.connections()).toBeLessThan(4);
  });
});

// The values are those of https://everything.curl.dev/usingcurl/proxies/env.html and of curl's noproxy.c.
describe("isDirect", () => {
  it.each([
    ["example.org", "https://example.org/x", true],
    ["example.org", "https://cdn.example.org", true],
    [".example.org", "https://cdn.example.org", true],
    ["*.example.org", "https://cdn.example.org", true],
    ["example.org", "https://anexample.org", false],
    ["cdn.example.org", "https://example.org", false],
    ["EXAMPLE.ORG", "https://Example.org", true],
    ["example.org:443", "https://example.org", true],
    ["example.org:443", "http://example.org", false],
    ["127.0.0.1:8080", "http://127.0.0.1:8080", true],
    ["localhost,127.0.0.1,::1", "http://[::1]:8080", true],
    ["x [::1]:8080", "http://[::1]:8080", true],
    ["[::1]:8080", "http://[::1]", false],
    ["*", "https://example.org", true],
    ["", "https://example.org", false],
    [", .,", "https://example.org", false],
  ])("of NO_PROXY=%s and %s: %s", (entries, url, expected) => {
    expect(isDirect(new URL(url), entries)).toBe(expected);
  });
});

describe("what goes through a proxy", () => {
  it("is a URL", async () => {
    vi.stubEnv("HTTP_PROXY", proxy.host);
    const source = (await openPath(`${server.origin}/x`)) as ByteSource;
    expect(await source.read(0, 6)).toEqual(FILE.slice(0, 6));
    expect(proxy.asked).toEqual([`${server.origin}/x`, `${server.origin}/x`]);
  });

  it("is a model from a hub and its CDN", async () => {
    const hub: FakeHub = await fakeHub({ "it.gguf": gemmaGguf(300) }, { tokens: ["hf_x"] });
    try {
      const { endpoint, cdn } = hub;
      const env = { HTTP_PROXY: proxy.host, HF_TOKEN: "hf_x" };
      const cacheDir = scratchFolder("proxy");
      await downloadFromHub("hf:google/gemma-2b", { endpoint, cacheDir, env });
      expect(proxy.asked).toHaveLength(hub.hub.asked.length + cdn.asked.length);
      for (const { headers } of cdn.asked) expect(headers).not.toHaveProperty("authorization");
    } finally {
      await hub.close();
    }
  });
});
