/** The page: it sends questions to the worker, and writes down what comes back, once a frame. */
import type { BackendName } from "gemma-reference";
import { Answer } from "./answer.ts";
import type { Report, Request } from "./messages.ts";

const $ = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const page = document.documentElement;
const conversation = $("conversation");
const welcome = $<HTMLFieldSetElement>("welcome");
const question = $<HTMLInputElement>("question");
const send = $<HTMLButtonElement>("send");
const stop = $<HTMLButtonElement>("stop");
const newChat = $<HTMLButtonElement>("new-chat");
const select = $<HTMLSelectElement>("backend");
const progress = $<HTMLProgressElement>("progress");
const status = $("status");

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const request = (message: Request) => worker.postMessage(message);

/** Answers that have not ended, in the order of their questions. */
const open = new Map<number, Answer>();
let asked = 0;
let frame = 0;

worker.addEventListener("message", ({ data: report }: MessageEvent<Report>) => {
  switch (report.type) {
    case "progress":
      progress.value = report.loaded / report.total;
      break;
    case "ready":
      progress.hidden = true;
      status.textContent = `Ready: ${report.backend} computes, in a worker${report.why ? ` (${report.why})` : ""}`;
      send.disabled = newChat.disabled = welcome.disabled = false;
      break;
    case "token":
      open.get(report.id)?.add(report.text);
      if (frame === 0) frame = requestAnimationFrame(draw);
      break;
    case "end":
      close(report.id, (answer) => answer.end(report.reason));
      break;
    case "error":
      if (report.id === undefined) fail(report.message);
      else close(report.id, (answer) => answer.fail(report.message));
      break;
  }
});
worker.addEventListener("error", ({ message }) => fail(message || "The worker did not start."));

function ask(text: string): void {
  const answer = new Answer(text);
  welcome.remove();
  conversation.append(answer.element);
  page.scrollTop = page.scrollHeight;
  open.set(++asked, answer);
  stop.disabled = false;
  request({ type: "ask", id: asked, question: text });
}

function draw(): void {
  frame = 0;
  keepingTheEndInView(() => {
    for (const answer of open.values()) answer.draw();
  });
}

function close(id: number, end: (answer: Answer) => void): void {
  const answer = open.get(id);
  if (!answer) return;
  open.delete(id);
  keepingTheEndInView(() => end(answer));
  stop.disabled = open.size === 0;
  $("announcement").textContent = answer.text;
}

/** Scrolls to what is new, unless the reader has scrolled away from the end. */
function keepingTheEndInView(change: () => void): void {
  const { scrollTop, clientHeight, scrollHeight } = page;
  const isAtEnd = scrollTop + clientHeight > scrollHeight - 40;
  change();
  if (isAtEnd) page.scrollTop = page.scrollHeight;
}

/** There is no model: nothing can be asked. */
function fail(message: string): void {
  progress.hidden = true;
  status.className = "error";
  status.textContent = message;
  send.disabled = newChat.disabled = stop.disabled = true;
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(question.value);
  question.value = "";
});
welcome.addEventListener("click", ({ target }) => {
  if (target instanceof HTMLButtonElement) ask(target.textContent);
});
stop.addEventListener("click", () => request({ type: "stop" }));
// A button that goes, or is disabled, takes the focus along: what is clicked gives it back.
for (const element of [welcome, stop, newChat])
  element.addEventListener("click", () => question.focus());
addEventListener("keydown", ({ key }) => key === "Escape" && request({ type: "stop" }));
newChat.addEventListener("click", () => {
  request({ type: "new chat" });
  open.clear();
  stop.disabled = true;
  conversation.replaceChildren(welcome);
});
select.addEventListener("change", () => location.assign(`?backend=${select.value}`));

const backend = new URLSearchParams(location.search).get("backend") ?? select.value;
select.value = backend;
request({
  type: "load",
  model: new URL("model/", document.baseURI).href,
  backend: backend as BackendName, // where there is none of that name, the library says so
});
