/**
 * The page begins here: the example is drawn at once, and the model fetched beside it.
 * @module
 */
import { effect } from "@preact/signals";
import { render } from "preact";
import { followState } from "./answers.ts";
import { App } from "./app.tsx";
import { followKeys } from "./keys.ts";
import { isRecorded, start } from "./model.ts";
import { followModel } from "./own-model.ts";
import { prefetch } from "./panels/open-panel.tsx";
import { followHistory } from "./state.ts";
import "./style/page.css";
import "./style/stream.css";
import "./style/panels.css";
import "./style/inspector.css";
import "./tour/style.css";

followHistory();
followState();
followKeys();
followModel();
const page = document.querySelector("#page");
if (page) {
  page.replaceChildren();
  render(<App />, page);
}
start();
// Once the page's own numbers are there.
const ready = effect(() => {
  if (isRecorded.value) return;
  prefetch();
  queueMicrotask(() => ready());
});
