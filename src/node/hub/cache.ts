/**
 * The cache of Hugging Face's Python library, which many tools share, so that a model is downloaded once:
 *
 *     models--google--gemma-2b/refs/main                  the commit that a branch or tag was
 *     models--google--gemma-2b/blobs/<hash>               files by content
 *     models--google--gemma-2b/snapshots/<commit>/<file>  links to them by name
 *
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 * @module
 */
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { refusals } from "../../errors.ts";
import { fileSize } from "../file-size.ts";
import { systemError } from "../system-error.ts";
import type { HubFile } from "./api.ts";

/** One repository in the cache. */
export interface CachedRepository {
  /** Path of the file with these bytes. */
  blob(etag: string): string;
  /** Path of the folder of a commit's files. */
  snapshot(commit: string): string;
  /** Path of the lock that keeps two processes from writing one blob. */
  lock(etag: string): string;
  /** The commit that a revision was when it was last downloaded. */
  commitOf(revision: string): Promise<string | undefined>;
  /** Stores the commit that a revision is. */
  remember(revision: string, commit: string): Promise<void>;
  /** The names of a commit's files that are there, those in folders with slashes. */
  list(commit: string): Promise<string[]>;
  /** Makes a blob a file of a commit. */
  link(file: HubFile, commit: string, isNew: boolean): Promise<void>;
}

/** @param makeLink `symlink`, which some systems forbid. */
export function cachedRepository(
  cache: string,
  owner: string,
  name: string,
  makeLink: (target: string, path: string) => Promise<void> = symlink,
): CachedRepository {
  const folder = `models--${owner}--${name}`;
  const root = join(cache, folder);
  const blob = (etag: string) => join(root, "blobs", etag);
  const snapshot = (commit: string) => join(root, "snapshots", commit);
  return {
    blob,
    snapshot,
    lock: (etag) => join(cache, ".locks", folder, `${etag}.gemma-reference`),
    async commitOf(revision) {
      if (/^[0-9a-f]{40}$/.test(revision)) return revision;
      const commit = (await readIfThere(join(root, "refs", revision)))?.trim();
      return commit !== undefined && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined;
    },
    async remember(revision, commit) {
      if (revision === commit) return;
      const path = join(root, "refs", revision);
      const temporary = `${path}.${process.pid}.tmp`;
      await writing(path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(temporary, commit);
        await rename(temporary, path);
      });
    },
    async list(commit) {
      const found = await readdir(snapshot(commit), { recursive: true }).catch(() => []);
      const names = found.map((name) => name.split(sep).join("/"));
      const sizes = await Promise.all(names.map((file) => fileSize(join(snapshot(commit), file))));
      return names.filter((_, i) => sizes[i] !== undefined).sort();
    },
    async link({ name: file, size, etag }, commit, isNew) {
      const path = join(snapshot(commit), file);
      if ((await fileSize(path)) === size) return; // another process was quicker
      await writing(path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await rm(path, { force: true }); // a link to a blob that is gone
        try {
          await makeLink(relative(dirname(path), blob(etag)), path);
        } catch {
          if ((await fileSize(path)) === size) return;
          // Windows lets few users make links. As in Python, the file then lies here and not in blobs.
          if (isNew) await rename(blob(etag), path);
          else await copyFile(blob(etag), path);
        }
      });
    },
  };
}

/** Calls `work`, which writes the file at `path`. */
async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw systemError(refusals("downloadFromHub", path), "to write it", error);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
