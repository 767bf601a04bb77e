// Serves the page that `vite build` made, opens it in a browser, and prints what is written on it once
// nothing more comes. Whatever the browser complains of is an error.
//
//     node read-page.mjs CHROMIUM [SCREENSHOT]
import { chromium } from "playwright-core";
import { preview } from "vite";

const [executablePath, screenshot] = process.argv.slice(2);
const server = await preview({ preview: { port: 0 }, logLevel: "error" });
// Chromium's sandbox does not work as root, as in most containers.
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(server.resolvedUrls.local[0]);

  const story = page.locator("#story");
  const deadline = Date.now() + 60_000;
  let text = "";
  let since = Date.now();
  // Two seconds of silence are the end; a token takes a few milliseconds.
  while (complaints.length === 0 && Date.now() < deadline) {
    const now = (await story.textContent()) ?? "";
    if (now !== text) since = Date.now();
    if (text !== "" && Date.now() - since > 2000) break;
    text = now;
    await page.waitForTimeout(50);
  }
  const pieces = await story.evaluate((element) => element.childNodes.length);
  if (pieces < 10) complaints.push(`the story came in ${pieces} pieces; it should come by tokens`);

  if (screenshot) await page.screenshot({ path: screenshot });
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
  else console.log(text);
} finally {
  await browser.close();
  await server.close();
}
