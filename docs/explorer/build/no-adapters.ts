/**
 * Stands in for what reads adapters of PEFT: this page opens none.
 * @module
 */
export function withAdapter(): Promise<never> {
  return Promise.reject(new Error("this page opens no adapters"));
}
