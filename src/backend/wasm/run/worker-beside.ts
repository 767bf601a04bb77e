/**
 * Where a file is that a worker can be started with. A module cannot know what a bundler has put beside it, so in general
 * there is none. `browser.build.mjs` makes both dist/browser.js and dist/worker.js, and puts another function here.
 * @module
 */

/** The URL of worker.js, where it is known. */
export function workerBeside(): URL | undefined {
  return undefined;
}
