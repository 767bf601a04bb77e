/** Files of the repository in a browser: from the server of the specs. See files.ts. */
/// <reference types="vite/client" />
import { bytesSource } from "../../src/source/byte-source.ts";
import type { Folder } from "../../src/source/folder.ts";

/** Which there are. Vite fills this in; nothing is fetched for it. */
const PATHS = new Set(Object.keys(import.meta.glob("/fixtures/**", { query: "?url" })));

/** Synchronous, as specs read goldens while they are collected: only the old way can do that. */
export function readFile(path: string): Uint8Array {
  const request = new XMLHttpRequest();
  request.open("GET", `/${path}`, false);
  request.overrideMimeType("text/plain; charset=x-user-defined"); // one byte a character
  request.send();
  if (request.status !== 200) throw new Error(`${path}: status ${request.status}`);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
}

export function fixtureFolder(name: string): Folder {
  return {
    name,
    async open(file) {
      const path = `fixtures/${name}/${file}`;
      return PATHS.has(`/${path}`) ? bytesSource(readFile(path), file) : undefined;
    },
  };
}
