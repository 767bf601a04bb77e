/**
 * Proxies, by the environment variables that curl and Python obey: HTTPS_PROXY and HTTP_PROXY by the scheme
 * of what is asked for, ALL_PROXY for both, NO_PROXY for hosts that are asked directly; each also in lower
 * case, which goes first. Node's own fetch knows them from version 24 on, and only with NODE_USE_ENV_PROXY=1.
 * @module
 */
import { refusals } from "../errors.ts";
import type { RequestOptions } from "../source/http/request.ts";
import type { Environment } from "./hub/environment.ts";

/** Options of requests that leave this machine: through a proxy, if the environment names one. */
export async function connectionOptions(
  env: Environment,
): Promise<Pick<RequestOptions, "fetch"> & { readonly unreachableHint: string }> {
  const proxies = { http: proxyFor("HTTP", env), https: proxyFor("HTTPS", env) };
  const named = [proxies.https, proxies.http].filter((proxy) => proxy !== undefined);
  if (named.length === 0) {
    return { unreachableHint: "check the connection: behind a proxy, set HTTPS_PROXY" };
  }
  const shown = [...new Set(named.map(({ variable, host }) => `${variable} (${host})`))];
  return {
    fetch: await fetchThrough(proxies.http?.uri, proxies.https?.uri, variable("NO_PROXY", env)[1]),
    unreachableHint: `check the connection, and the proxy in ${shown.join(" and ")}`,
  };
}

interface Proxy {
  /** The name of the variable. */
  readonly variable: string;
  readonly uri: string;
  /** Without user and password. */
  readonly host: string;
}

/**
 * @throws {ArgumentError} if the variable is there, and does not hold the address of a proxy.
 * @throws {UnsupportedError} if it is a proxy that does not speak HTTP.
 */
function proxyFor(scheme: "HTTP" | "HTTPS", env: Environment): Proxy | undefined {
  let [name, text] = variable(`${scheme}_PROXY`, env);
  if (text === "") [name, text] = variable("ALL_PROXY", env);
  if (text === "") return undefined;
  const address = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const expected = "the address of an HTTP proxy, as http://user:password@host:8080";
  if (!url || !isDecodable(url)) {
    // The text is not repeated: it may contain a password.
    const hint = "write signs such as @ and % in a password as %40 and %25";
    throw refusals("proxy").argument(name, expected, "something else", hint);
  }
  const { protocol, username, password, host } = url;
  if (!/^https?:$/.test(protocol)) {
    const hint = `set ${scheme}_PROXY to an HTTP proxy, or unset ${name}`;
    throw refusals("proxy").unsupported(name, expected, `${protocol}//${host}`, hint);
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

/** A fetch as the global one. Of two schemes, one may have no proxy. */
async function fetchThrough(
  httpProxy = "",
  httpsProxy = "",
  noProxy: string,
): Promise<typeof globalThis.fetch> {
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  // Without a tunnel where none is needed: many proxies allow them to port 443 only.
  const dispatcher = new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy, proxyTunnel: false });
  const proxied = fetch as unknown as typeof globalThis.fetch;
  return (input, init) => {
    const { protocol } = new URL(input instanceof Request ? input.url : input);
    const isProxied = (protocol === "https:" ? httpsProxy : httpProxy) !== "";
    const options = { ...init, dispatcher } as RequestInit;
    return isProxied ? proxied(input, options) : globalThis.fetch(input, init);
  };
}
