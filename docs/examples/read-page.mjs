// Opens the page that `vite build` made, and prints what is written on it once nothing more comes.
//
//     node read-page.mjs CHROMIUM [SCREENSHOT]
import { withPage } from "./open-page.mjs";

const [executablePath, screenshot] = process.argv.slice(2);
await withPage({ executablePath, screenshot }, async (page, complaints) => {
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
  return text;
});
