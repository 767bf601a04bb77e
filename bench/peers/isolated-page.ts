/**
 * A page in headless Chromium that is cross-origin isolated, as shared memory and threads need it, from a server of
 * our own that serves single files.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright";

/** What is served under a path: a file on disk, or a text. */
export type Served =
  | { readonly file: string; readonly type: string }
  | { readonly text: string; readonly type: string };

/** A page, and what ends it and its server. */
export interface IsolatedPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** The two headers that isolate a page. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Opens `/`, which is one of `served`. @throws if the page is not isolated. */
export async function isolatedPage(
  served: Readonly<Record<string, Served>>,
): Promise<IsolatedPage> {
  const server = createServer(({ url = "" }, response) => {
    const found = served[url.split("?")[0]];
    if (!found) {
      response.writeHead(404).end();
      return;
    }
    const size = "file" in found ? statSync(found.file).size : Buffer.byteLength(found.text);
    response.writeHead(200, { ...ISOLATED, "content-type": found.type, "content-length": size });
    if ("file" in found) createReadStream(found.file).pipe(response);
    else response.end(found.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.close();
  };
  try {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    const page = await browser.newPage();
    page.on("pageerror", ({ message }) => console.error(`page: ${message}`));
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    if (!(await page.evaluate("crossOriginIsolated"))) throw new Error("the page is not isolated");
    return { page, close };
  } catch (error) {
    await close();
    throw error;
  }
}
