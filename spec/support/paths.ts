/** For specs of what takes paths, and so run in Node only. */
import { fileURLToPath } from "node:url";

/** The path of something in fixtures/. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
}
