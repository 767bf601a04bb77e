/** Streams as one: a failure that comes while the reader is elsewhere waits for the reader. */
import { expect, it } from "vitest";
import { merge } from "../../../src/evaluation/prefix/merge.ts";

async function* counting(name: string, upTo: number): AsyncGenerator<string> {
  for (let i = 0; i < upTo; i++) yield `${name}${i}`;
  throw new Error(`${name} is broken`);
}

it("a stream that fails while the reader is elsewhere fails when the reader comes back", async () => {
  const merged = merge([counting("a", 1), counting("b", 1)]);
  expect((await merged.next()).value).toBe("a0");
  // The reader writes to a disk: by then the next of a has failed, and an error that nobody hears would end the process, and this run.
  await new Promise((resolve) => setTimeout(resolve, 5));
  await expect(merged.next()).rejects.toThrow("a is broken");
});
