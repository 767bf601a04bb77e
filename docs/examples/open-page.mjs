// The page that `vite build` made, served and opened in a browser, for read-page.mjs and ask-page.mjs.
import { chromium } from "playwright-core";
import { preview } from "vite";

/** WebGPU on the processor, by the SwiftShader that comes with Chromium. */
const SWIFTSHADER = [
  ...["--enable-unsafe-webgpu", "--enable-features=Vulkan"],
  ...["--use-vulkan=swiftshader", "--use-webgpu-adapter=swiftshader"],
];

/**
 * Calls `use(page, complaints)`, and prints what it returns. Whatever the browser complains of is an error, and so is
 * what `use` adds to `complaints`.
 */
export async function withPage({ executablePath, query = "", screenshot }, use) {
  const server = await preview({ preview: { port: 0 }, logLevel: "error" });
  // Chromium's sandbox does not work as root, as in most containers.
  const args = ["--no-sandbox", ...(query.includes("webgpu") ? SWIFTSHADER : [])];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(server.resolvedUrls.local[0] + query);
    const text = await use(page, complaints);
    if (screenshot) await page.screenshot({ path: screenshot });
    for (const complaint of complaints) console.error(complaint);
    if (complaints.length > 0) process.exitCode = 1;
    else console.log(text);
  } finally {
    await browser.close();
    await server.close();
  }
}
