/**
 * The page begins here: the example is drawn at once, and the model fetched beside it.
 * @module
 */
import { render } from "preact";
import { followState } from "./answers.ts";
import { App } from "./app.tsx";
import { followKeys } from "./keys.ts";
import { start } from "./model.ts";
import { followHistory } from "./state.ts";
import "./style/page.css";
import "./style/stream.css";
import "./style/panels.css";
import "./style/inspector.css";

followHistory();
followState();
followKeys();
const page = document.querySelector("#page");
if (page) {
  page.replaceChildren();
  render(<App />, page);
}
start();
