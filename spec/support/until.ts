/** Waiting without a limit of its own: a loaded machine may take its time, and the runner ends a test that hangs. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}
