/**
 * Stands in for the library's openPath: the page reads the files that lie beside it, and those that a visitor chooses.
 * @module
 */
export function openPath(): Promise<never> {
  return Promise.reject(new Error("this page opens files, and no addresses"));
}
