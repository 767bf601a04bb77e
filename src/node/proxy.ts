/**
 * Proxies, by the environment variables that curl and Python obey: HTTPS_PROXY and HTTP_PROXY by the scheme
 * of what is asked for, ALL_PROXY for both, NO_PROXY for hosts that are asked directly; each also in lower
 * case, which goes first. Node's own fetch knows them from version 24 on, and only with NODE_USE_ENV_PROXY=1.
 * @module
 */
import { GemmaError, refusals } from "../errors.ts";
import type { RequestOptions } from "../source/http/request.ts";
import type { Environment } from "./hub/environment.ts";

/**
 * Options of requests that leave this machine: through a proxy, if the environment names one. A proxy that cannot
 * be used is refused by the first request that should go through it, and by no other.
 */
export async function connectionOptions(
  env: Environment,
): Promise<Pick<RequestOptions, "fetch"> & { readonly unreachableHint: string }> {
  const proxies = { http: proxyFor("HTTP", env), https: proxyFor("HTTPS", env) };
  const named = [proxies.https, proxies.http].filter((proxy) => proxy !== undefined);
  const shown = new Set(named.flatMap((proxy) => ("host" in proxy ? shownOf(proxy) : [])));
  return {
    ...(named.length > 0 && { fetch: await fetchThrough(proxies, variable("NO_PROXY", env)[1]) }),
    unreachableHint:
      shown.size === 0
        ? "check the connection: behind a proxy, set HTTPS_PROXY"
        : `check the connection, and the proxy in ${[...shown].join(" and ")}`,
  };
}

interface Proxy {
  /** The name of the variable. */
  readonly variable: string;
  readonly uri: string;
  /** Without user and password. */
  readonly host: string;
}

function shownOf({ variable, host }: Proxy): string {
  return `${variable} (${host})`;
}

/**
 * The proxy that the environment names for a scheme. It is an ArgumentError if the variable does not hold the address
 * of a proxy, and an UnsupportedError if that does not speak HTTP.
 */
function proxyFor(scheme: "HTTP" | "HTTPS", env: Environment): Proxy | GemmaError | undefined {
  let [name, text] = variable(`${scheme}_PROXY`, env);
  if (text === "") [name, text] = variable("ALL_PROXY", env);
  if (text === "") return undefined;
  const address = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const expected = "the address of an HTTP proxy, as http://user:password@host:8080";
  if (!url || !isDecodable(url)) {
    // The text is not repeated: it may contain a password.
    const hint = "write signs such as @ and % in a password as %40 and %25";
    return refusals("proxy").argument(name, expected, "something else", hint);
  }
  const { protocol, username, password, host } = url;
  if (!/^https?:$/.test(protocol)) {
    const hint = `set ${scheme}_PROXY to an HTTP proxy, or unset ${name}`;
    return refusals("proxy").unsupported(name, expected, `${protocol}//${host}`, hint);
  }
  const user = username || password ? `${username}:${password}@` : "";
  return { variable: name, uri: `${protocol}//${user}${host}`, host: `${protocol}//${host}` };
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/** The name under which a variable is set, and its value; an empty one counts as absent. */
function variable(name: string, env: Environment): [name: string, value: string] {
  const lower = name.toLowerCase();
  const set = env[lower]?.trim() ? lower : name;
  return [set, env[set]?.trim() ?? ""];
}

let pool: ReturnType<typeof makePool> | undefined;

/** undici, with one agent for each proxy: it keeps its connections for a while, for whoever comes next. */
async function makePool() {
  const { Agent, fetch, ProxyAgent } = await import("undici");
  const agents = new Map<string, InstanceType<typeof ProxyAgent>>();
  const agentOf = ({ uri }: Proxy) => {
    // Without a tunnel where none is needed: many proxies allow them to port 443 only.
    const agent = agents.get(uri) ?? new ProxyAgent({ uri, proxyTunnel: false });
    agents.set(uri, agent);
    return agent;
  };
  return { fetch: fetch as unknown as typeof globalThis.fetch, direct: new Agent(), agentOf };
}

/** A fetch as the global one. Each host is judged by itself, also one that an answer redirects to. */
async function fetchThrough(
  proxies: Readonly<Record<"http" | "https", Proxy | GemmaError | undefined>>,
  noProxy: string,
): Promise<typeof globalThis.fetch> {
  pool ??= makePool();
  const { fetch, direct, agentOf } = await pool;
  const dispatcher = direct.compose((ask) => (options, handler) => {
    const url = new URL(String(options.origin));
    const proxy = isDirect(url, noProxy) ? undefined : proxies[schemeOf(url)];
    if (proxy instanceof GemmaError) throw proxy;
    return proxy ? agentOf(proxy).dispatch(options, handler) : ask(options, handler);
  });
  return (input, init) => fetch(input, { ...init, dispatcher } as RequestInit);
}

function schemeOf({ protocol }: URL): "http" | "https" {
  return protocol === "https:" ? "https" : "http";
}

/**
 * Whether NO_PROXY has the host of `url` in it, or a domain that it belongs to, as curl reads it: `host`, `.domain`
 * or `*.domain`, each with a port if only that is meant; `*` is every host.
 */
export function isDirect(url: URL, noProxy: string): boolean {
  const port = url.port || { http: "80", https: "443" }[schemeOf(url)];
  return noProxy.split(/[,\s]+/).some((entry) => {
    if (entry === "*") return true;
    const host = /^[^[]*:[^[]*:/.test(entry) ? `[${entry}]` : entry; // an IPv6 address
    const [, domain = "", only = port] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(host) ?? [];
    const isIn = `.${url.hostname}`.endsWith(`.${domain.toLowerCase()}`);
    return domain !== "" && only === port && isIn;
  });
}
