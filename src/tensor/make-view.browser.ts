/**
 * Stands in for make-view.ts in a browser: package.json's "browser" field makes bundlers put it there, so that no bundle
 * for a page has a compiler in it, used or not.
 * @module
 */
export { plainView as makeView } from "./view.ts";
