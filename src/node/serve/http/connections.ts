/**
 * The connections of a server, and which of them have a request under way. Once a server closes, Node looks after its
 * connections no more: one that says nothing, or not all of a request's headers, would keep it for ever.
 * @module
 */
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Those of one server. */
export class Connections {
  readonly #open = new Set<Socket>();
  readonly #busy = new Map<Socket, number>();
  #isClosing = false;

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
      if (this.#isClosing) socket.destroy();
    });
  }

  /** A request has come, and is over when its response is. */
  begin(response: ServerResponse): void {
    const { socket } = response;
    if (!socket) return;
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    response.on("close", () => {
      const left = (this.#busy.get(socket) ?? 1) - 1;
      if (left > 0) this.#busy.set(socket, left);
      else this.#busy.delete(socket);
      if (this.#isClosing) setImmediate(() => this.#closeIdle());
    });
  }

  /** Ends those on which nothing is under way, and each other one when its answer is sent. */
  close(): void {
    this.#isClosing = true;
    this.#closeIdle();
  }

  /** Ends all. */
  destroy(): void {
    this.#isClosing = true;
    for (const socket of this.#open) socket.destroy();
  }

  #closeIdle(): void {
    for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroySoon();
  }
}
