/**
 * Files that a visitor has chosen or dropped, and what was found in them.
 * @module
 */
import { batch, signal } from "@preact/signals";
import { ask } from "../../model.ts";
import { opening, stopOpening, wanted } from "../../own-model.ts";
import type { Found, ModelFiles } from "./question.ts";

export interface Choice {
  readonly name: string;
  readonly files: ModelFiles;
}

export const choice = signal<Choice | undefined>(undefined);
export const found = signal<Found | undefined>(undefined);
/** What the library refuses in them. */
export const refused = signal<string | undefined>(undefined);
export const isLooking = signal(false);

/** Looks at files. Where those before were not enough, these come to them. */
export async function choose(files: readonly File[], folder: string | undefined): Promise<void> {
  if (files.length === 0) return;
  if (opening.peek()) stopOpening();
  const before = refused.peek() === undefined ? undefined : choice.peek();
  const all = new Map<string, File>(before?.files as ReadonlyMap<string, File> | undefined);
  for (const file of files) all.set(file.name, file);
  const largest = [...all.values()].reduce((a, b) => (b.size > a.size ? b : a));
  batch(() => {
    // A file and a folder have names of their own; loose files are those that a link may wait for.
    const loose = (all.size > 1 ? wanted.peek() : undefined) ?? before?.name ?? largest.name;
    choice.value = { name: folder ?? loose, files: all };
    found.value = undefined;
    refused.value = undefined;
    isLooking.value = true;
  });
  const { name } = choice.peek() as Choice;
  try {
    const answer = await ask("model", { what: "look", name, files: all });
    if ("found" in answer) found.value = answer.found;
  } catch (error) {
    if ((error as Error).name === "AbortError") return; // others were chosen meanwhile
    refused.value = (error as Error).message;
  }
  isLooking.value = false;
}

export function forget(): void {
  batch(() => {
    choice.value = undefined;
    found.value = undefined;
    refused.value = undefined;
  });
}

/** Those that lie in the folder itself, as `<input webkitdirectory>` gives all below it. */
export function chooseFolder(files: readonly File[]): void {
  const paths = files.map((file) => [file, file.webkitRelativePath.split("/")] as const);
  const top = paths.filter(([, path]) => path.length <= 2).map(([file]) => file);
  choose(top, paths[0]?.[1].length === 1 ? undefined : paths[0]?.[1][0]);
}

/** Dropped files, or the files of a folder that was dropped. */
export async function chooseDropped({ items, files }: DataTransfer): Promise<void> {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const folder = entries.find((entry) => entry?.isDirectory) as
    | FileSystemDirectoryEntry
    | undefined;
  if (!folder) return choose([...files], undefined);
  return choose(await filesIn(folder), folder.name);
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader();
  const files: File[] = [];
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return files; // it gives a hundred at a time
    for (const entry of entries) {
      if (!entry.isFile) continue;
      const of = entry as FileSystemFileEntry;
      files.push(await new Promise<File>((resolve, reject) => of.file(resolve, reject)));
    }
  }
}
