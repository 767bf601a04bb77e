/**
 * Stands in for what reads adapters of PEFT: this page opens none.
 * @module
 */
export const withAdapter = refused;
export const openAdapters = refused;
export const openAdapter = refused;
export const holdAdapter = refused;

function refused(): Promise<never> {
  return Promise.reject(new Error("this page opens no adapters"));
}
