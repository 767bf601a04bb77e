/**
 * Who may ask. A server without a key listens on this machine alone, and a page in a browser of this machine must not get
 * at it: not from another origin (CORS), and not by a name of its own that resolves to this machine (DNS rebinding).
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { brief } from "../../../brief.ts";
import { ApiError } from "./api-error.ts";

/** What a server asks of those who ask it. */
export interface GuardOptions {
  readonly host: string;
  readonly key: string | undefined;
  /** Origins of pages that may ask; "*" is all. */
  readonly cors: readonly string[];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;

/** Whether a name or an address is this machine, and no other machine can reach it. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** @throws {ApiError} 403 unless a server without a key was asked by a name of this machine. */
export function assertHost({ headers }: IncomingMessage, { host, key }: GuardOptions): void {
  if (key !== undefined || !isLoopback(host)) return;
  const name = (headers.host ?? "localhost").replace(/:\d+$/, "");
  if (isLoopback(name)) return;
  const hint = "start it with a key, or with a host that others may reach";
  const message = `this server answers to localhost, and was asked as ${brief(name)}; ${hint}`;
  throw new ApiError(403, "host_not_allowed", message);
}

/** @throws {ApiError} 401 unless the request brings the key, where there is one. */
export function assertKey({ headers }: IncomingMessage, { key }: GuardOptions): void {
  if (key === undefined) return;
  const [, given] = /^Bearer\s+(.*)$/i.exec(headers.authorization ?? "") ?? [];
  if (given !== undefined && timingSafeEqual(digest(given), digest(key))) return;
  const message = "this server wants its key: authorization: Bearer KEY";
  throw new ApiError(401, "invalid_api_key", message, {
    headers: { "www-authenticate": "Bearer" },
  });
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Headers that let a page of a named origin read the answer; for others there are none. */
export function corsHeaders(
  { headers }: IncomingMessage,
  { cors }: GuardOptions,
): Record<string, string> {
  const { origin } = headers;
  if (origin === undefined || cors.length === 0) return {};
  if (!cors.includes("*") && !cors.includes(origin)) return { vary: "origin" };
  return { vary: "origin", "access-control-allow-origin": origin };
}

/** The answer to a browser that asks beforehand what a page may send. */
export function preflightHeaders({ headers }: IncomingMessage): Record<string, string> {
  const asked = headers["access-control-request-headers"] ?? "authorization, content-type";
  return {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": asked,
    "access-control-allow-private-network": "true",
    "access-control-max-age": "600",
  };
}
