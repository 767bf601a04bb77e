/**
 * A Hugging Face hub on 127.0.0.1, with one repository, and its CDN on another port. Written from
 * https://huggingface.co/docs/hub/api and the answers of huggingface.co, and from nothing in src/.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type HostileServer, honestly, send, serve } from "./hostile-server.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Files of this many bytes and more are in LFS. */
const LARGE = 1000;

export interface FakeHub {
  readonly endpoint: string;
  readonly cdn: HostileServer;
  readonly hub: HostileServer;
  /** Paths of the files fetched so far. */
  fetched(): string[];
  close(): Promise<void>;
}

export interface HubSetting {
  readonly commit?: string;
  /** Tokens that may fetch files, and see the repository if it is private. All, if absent. */
  readonly tokens?: readonly string[];
  readonly isPrivate?: boolean;
  /** Answers in the place of the hub or its CDN, if it returns true. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes the listing. */
  readonly listing?: (listing: Listing) => unknown;
}

interface Listing {
  sha: string;
  siblings: {
    rfilename: string;
    size: number;
    blobId: string;
    lfs?: { sha256: string; size: number };
  }[];
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What `git hash-object` prints. */
export function gitHash(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** What huggingface_hub calls the file in its cache. */
export function etagOf(bytes: Uint8Array): string {
  return bytes.length >= LARGE ? sha256(bytes) : gitHash(bytes);
}

/** A hub with google/gemma-2b, whose only branch is main. */
export async function fakeHub(
  files: Readonly<Record<string, Uint8Array>>,
  {
    commit = COMMIT,
    tokens,
    isPrivate = false,
    instead,
    listing = (same) => same,
  }: HubSetting = {},
): Promise<FakeHub> {
  const cdn = await serve((request, response) => {
    if (instead?.(request, response)) return;
    const name = new URL(request.url ?? "", "http://cdn").searchParams.get("name") ?? "";
    send(response, honestly(request, files[name]), request);
  });
  const hub = await serve((request, response) => {
    if (instead?.(request, response)) return;
    const { pathname } = new URL(request.url ?? "", "http://hub");
    const token = request.headers.authorization?.replace("Bearer ", "");
    const mayRead = !tokens || (token !== undefined && tokens.includes(token));
    const refuse = (status: number, code?: string) =>
      response.writeHead(status, { ...(code && { "x-error-code": code }) }).end("{}");
    const [, owner, name] = /^\/(?:api\/models\/)?([^/]+)\/([^/]+)/.exec(pathname) ?? [];
    const isThere = owner === "google" && name === "gemma-2b";
    if (!isThere || (isPrivate && !mayRead)) {
      return token === undefined ? refuse(401) : refuse(404, "RepoNotFound");
    }
    const revision = /\/revision\/([^/]+)$/.exec(pathname)?.[1];
    if (revision !== undefined) {
      if (!["main", commit].includes(revision)) return refuse(404, "RevisionNotFound");
      const siblings = Object.entries(files).map(([rfilename, bytes]) => {
        const isLarge = bytes.length >= LARGE;
        const lfs = { sha256: sha256(bytes), size: bytes.length, pointerSize: 135 };
        const blobId = isLarge ? gitHash(new TextEncoder().encode("a pointer")) : gitHash(bytes);
        return { rfilename, size: bytes.length, blobId, ...(isLarge && { lfs }) };
      });
      const json = JSON.stringify(listing({ sha: commit, siblings }));
      return response.writeHead(200, { "content-type": "application/json" }).end(json);
    }
    if (!mayRead) return token === undefined ? refuse(401, "GatedRepo") : refuse(403, "GatedRepo");
    const file = decodeURIComponent(/\/resolve\/[^/]+\/(.+)$/.exec(pathname)?.[1] ?? "");
    const bytes = files[file];
    if (!bytes) return refuse(404, "EntryNotFound");
    if (bytes.length < LARGE) return send(response, honestly(request, bytes), request);
    const location = `${cdn.origin}/?name=${encodeURIComponent(file)}&signature=SECRET`;
    return response.writeHead(302, { location }).end();
  });
  return {
    endpoint: hub.origin,
    cdn,
    hub,
    fetched: () => hub.asked.flatMap(({ url }) => /\/resolve\/[^/]+\/(.+)$/.exec(url)?.[1] ?? []),
    async close() {
      await Promise.all([hub.close(), cdn.close()]);
    },
  };
}
