/**
 * A server on 127.0.0.1 that serves files by range as it should (RFC 9110 §14), or has the faults of servers,
 * proxies and networks. Written with node:http, and from nothing in src/.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** An answer as it should be: the faults change parts of it. */
export interface Honest {
  status: number;
  headers: Record<string, string | number>;
  body: Uint8Array;
  /** The whole that `body` is of. */
  readonly file: Uint8Array;
}

/** Answers a request in its own way. `honest` is how it should be answered. */
export type Fault = (response: ServerResponse, honest: Honest, request: IncomingMessage) => void;

export interface HostileServer {
  readonly origin: string;
  /** The requests so far. */
  readonly asked: Asked[];
  /** Answers that are still under way. */
  open(): number;
  /** How many connections there were so far. */
  connections(): number;
  close(): Promise<void>;
}

/** @param handle answers the n-th request, counted from 0. */
export async function serve(
  handle: (request: IncomingMessage, response: ServerResponse, n: number) => void,
): Promise<HostileServer> {
  const asked: Asked[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    open.add(response);
    response.on("close", () => open.delete(response));
    response.on("error", () => {}); // the client may have left
    handle(request, response, asked.push({ method, url, headers }) - 1);
  });
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    open: () => open.size,
    connections: () => connections,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

/** How a request for (a range of) `bytes` is answered. */
export function honestly(
  request: IncomingMessage,
  bytes: Uint8Array,
  validators: Record<string, string> = { etag: '"v1"' },
): Honest {
  const headers = { "content-type": "application/octet-stream", ...validators };
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (!match) {
    return {
      status: 200,
      headers: { ...headers, "content-length": bytes.length },
      body: bytes,
      file: bytes,
    };
  }
  const begin = Number(match[1]);
  const end = Math.min(bytes.length, match[2] === "" ? bytes.length : Number(match[2]) + 1);
  if (begin >= end) {
    const range = `bytes */${bytes.length}`;
    return {
      status: 416,
      headers: { "content-range": range },
      body: new Uint8Array(0),
      file: bytes,
    };
  }
  const range = { "content-range": `bytes ${begin}-${end - 1}/${bytes.length}` };
  const body = bytes.subarray(begin, end);
  const length = { "content-length": body.length };
  return { status: 206, headers: { ...headers, ...length, ...range }, body, file: bytes };
}

export const send: Fault = (response, { status, headers, body }) => {
  response.writeHead(status, headers).end(body);
};

/** An answer with nothing in it. */
export const status =
  (code: number, headers: Record<string, string> = {}): Fault =>
  (response) => {
    response.writeHead(code, headers).end();
  };

/** The honest answer with other headers; undefined takes one away. */
export const withHeaders =
  (changes: Record<string, string | number | undefined>): Fault =>
  (response, honest, request) => {
    const changed = Object.entries({ ...honest.headers, ...changes });
    const headers = Object.fromEntries(changed.filter(([, value]) => value !== undefined));
    send(response, { ...honest, headers: headers as Honest["headers"] }, request);
  };

/** A header of an answer that will stall: after so many bytes of its body. */
export const STALLS_AFTER = "x-stalls-after";

/** Half of the bytes that were promised; then the connection is `reset`, `stalled`, or ended as if all were well. */
export const half =
  (then: "reset" | "stalled" | "ended"): Fault =>
  (response, { status: code, headers, body }) => {
    const { "content-length": _, ...others } = headers;
    const sent = body.subarray(0, body.length >> 1);
    if (then === "stalled") response.setHeader(STALLS_AFTER, sent.length);
    response.writeHead(code, then === "ended" ? others : headers);
    response.flushHeaders();
    response.write(sent, () => {
      if (then === "reset") response.destroy();
      if (then === "ended") response.end();
    });
  };

export type FaultName =
  | "honest"
  | "reset"
  | "reset in the body"
  | "cut short"
  | "stalled before the headers"
  | "stalled in the body"
  | "503"
  | "429"
  | "401"
  | "403"
  | "404"
  | "no body"
  | "the whole file"
  | "another range"
  | "half the range"
  | "more than asked"
  | "another size"
  | "another ETag"
  | "no ETag"
  | "gzip"
  | "a login page";

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  honest: send,
  reset: (response) => {
    response.destroy();
  },
  "reset in the body": half("reset"),
  "cut short": half("ended"),
  "stalled before the headers": () => {},
  "stalled in the body": half("stalled"),
  503: status(503, { "retry-after": "0" }),
  429: status(429),
  401: status(401),
  403: status(403),
  404: status(404),
  "no body": status(206),
  "the whole file": (response, { headers, file }, request) => {
    const { "content-range": _, ...others } = headers;
    const whole = { ...others, "content-length": file.length };
    send(response, { status: 200, headers: whole, body: file, file }, request);
  },
  "another range": (response, honest, request) => {
    const range = String(honest.headers["content-range"] ?? "");
    const shifted = range.replace(/(\d+)-(\d+)/, (_, a, b) => `${Number(a) + 1}-${Number(b) + 1}`);
    withHeaders({ "content-range": shifted })(response, honest, request);
  },
  "half the range": (response, honest, request) => {
    const range = /(\d+)-(\d+)\/(\d+)/.exec(String(honest.headers["content-range"] ?? ""));
    if (!range || honest.body.length < 2) return send(response, honest, request);
    const body = honest.body.subarray(0, honest.body.length >> 1);
    const [, begin, , total] = range.map(Number);
    const headers = {
      ...honest.headers,
      "content-length": body.length,
      "content-range": `bytes ${begin}-${begin + body.length - 1}/${total}`,
    };
    send(response, { ...honest, headers, body }, request);
  },
  "more than asked": (response, { status: code, headers, body }) => {
    const { "content-length": _, ...others } = headers;
    response.writeHead(code, others);
    response.write(body);
    response.end(new Uint8Array([1, 2, 3]));
  },
  "another size": (response, honest, request) => {
    const range = String(honest.headers["content-range"]).replace(
      /\d+$/,
      (n) => `${Number(n) + 1}`,
    );
    withHeaders({ "content-range": range })(response, honest, request);
  },
  "another ETag": withHeaders({ etag: '"v2"' }),
  "no ETag": withHeaders({ etag: undefined }),
  gzip: (response, { status: code, headers, body }) => {
    const zipped = gzipSync(body);
    const changes = { "content-encoding": "gzip", "content-length": zipped.length };
    response.writeHead(code, { ...headers, ...changes }).end(zipped);
  },
  "a login page": (response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end("<!doctype html><title>Please log in</title>");
  },
};
