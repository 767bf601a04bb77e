// Opens the page that `vite build` made of `worker`, and uses it as a visitor would; prints the answer to QUESTION.
//
//     node ask-page.mjs CHROMIUM BACKEND QUESTION [SCREENSHOT]
import { withPage } from "./open-page.mjs";

const [executablePath, backend, question, screenshot] = process.argv.slice(2);
const query = `?backend=${backend}`;
await withPage({ executablePath, query, screenshot }, async (page, complaints) => {
  page.setDefaultTimeout(120_000);
  const expectThat = (holds, what) => holds || complaints.push(what);
  const texts = () => page.locator("article > p").allTextContents();
  const notes = () => page.locator("article > small").allTextContents();
  const ask = async (text) => {
    await page.fill("#question", text);
    await page.press("#question", "Enter");
  };
  const idle = () => page.waitForSelector("#stop:disabled");

  await page.waitForSelector("#send:enabled, #status.error");
  if (await page.isDisabled("#send")) {
    complaints.push(await page.textContent("#status"));
    return "";
  }
  expectThat(page.workers().length > 0, "no worker runs");

  // Twenty questions at once, stopped at the first words: the last is not answered any more.
  await page.evaluate(async (text) => {
    const field = document.querySelector("#question");
    for (let i = 0; i < 20; i++) {
      field.value = i === 0 ? text : "What is 3 plus 4?";
      field.form.requestSubmit();
    }
    while (document.querySelector("article > p").textContent === "")
      await new Promise(requestAnimationFrame);
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  }, question);
  await idle();
  const begun = (await texts())[0];
  const last = [(await texts()).at(-1), (await notes()).at(-1)].join("");
  expectThat(last === "stopped", `stopped, the last answer is ${JSON.stringify(last)}`);

  // A question may be asked while another is answered. What the library refuses stands there in its words.
  await page.click("#new-chat");
  await ask(question);
  await ask("What is 3 plus 4?");
  await ask("and ".repeat(1000));
  await idle();
  const [answer, sum, , refused] = await texts();
  expectThat(/^\d plus 4 is \d+\.$/.test(sum), `the second answer is ${JSON.stringify(sum)}`);
  expectThat(/^Chat\.send: .*"content" expected/.test(refused), `the error is ${refused}`);
  expectThat(answer.startsWith(begun), `the answer that was stopped began ${begun}`);
  expectThat((await notes())[0].endsWith("tokens/s"), "the speed is not there");
  return answer;
});
