/**
 * The pages that are written.
 * @module
 */
import type { PageParts } from "../page-parts.ts";
import { rmsnorm } from "./03-rmsnorm.ts";

export const PAGES: readonly PageParts[] = [rmsnorm];
