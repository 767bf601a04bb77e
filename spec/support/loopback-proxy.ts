/**
 * An HTTP proxy on 127.0.0.1: RFC 9110 §9.3.6 (CONNECT), RFC 9112 §3.2.2 (requests with a whole URL). Written
 * with node:http and node:net, and from nothing in src/.
 */
import { createServer, type IncomingMessage, request as send } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface LoopbackProxy {
  /** `127.0.0.1:8080`. */
  readonly host: string;
  /** What it was asked for: URLs, and `host:port` of tunnels. */
  readonly asked: string[];
  /** The Proxy-Authorization of each. */
  readonly authorized: (string | undefined)[];
  /** How many connections it has been given so far. */
  connections(): number;
  close(): Promise<void>;
}

/** @param refusal the status with which it answers everything, if it lets nothing through. */
export async function loopbackProxy(refusal?: number): Promise<LoopbackProxy> {
  const asked: string[] = [];
  const authorized: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const hear = ({ url = "", headers }: IncomingMessage) => {
    asked.push(url);
    authorized.push(headers["proxy-authorization"]);
  };
  const server = createServer((request, response) => {
    hear(request);
    if (refusal !== undefined) return response.writeHead(refusal).end();
    const { "proxy-authorization": _, "proxy-connection": __, ...headers } = request.headers;
    const onward = send(request.url ?? "", { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    return onward.end();
  });
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
  });
  server.on("connect", (request, client: Socket) => {
    hear(request);
    client.on("error", () => {});
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port || 80), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(client).pipe(onward);
    });
    sockets.add(onward);
    onward.on("error", () => {});
    onward.on("close", () => client.destroy());
    client.on("close", () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    authorized,
    connections: () => connections,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}
