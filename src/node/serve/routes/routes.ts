/** All routes, and which one a request means. @module */
import { brief } from "../../../brief.ts";
import { ApiError } from "../http/api-error.ts";
import { chatCompletions } from "./chat-completions.ts";
import { completions } from "./completions.ts";
import { detokenize } from "./detokenize.ts";
import { health } from "./health.ts";
import { model, models } from "./models.ts";
import type { Route } from "./route.ts";
import { tokenize } from "./tokenize.ts";
import { tokenizerInfo } from "./tokenizer-info.ts";

const ROUTES: readonly Route[] = [
  completions,
  chatCompletions,
  models,
  model,
  tokenizerInfo,
  tokenize,
  detokenize,
  health,
];

/**
 * The route of a request, and what stands behind its path.
 * @throws {ApiError} 404 if there is none of that path, 405 if it has another method.
 */
export function routeOf(method: string, path: string): { route: Route; rest: string } {
  const there = ROUTES.filter((route) => isAt(route, path));
  const route = there.find((one) => one.method === method);
  if (route) return { route, rest: decoded(path.slice(route.path.length)) };
  if (there.length === 0) {
    const known = ROUTES.map((one) => one.path).filter((one) => !one.endsWith("/"));
    const message = `there is nothing at ${brief(path)}, but at ${known.join(", ")}`;
    throw new ApiError(404, "not_found", message);
  }
  const allow = there.map((one) => one.method).join(", ");
  const message = `${brief(path)} takes ${allow}, and not ${brief(method)}`;
  throw new ApiError(405, "method_not_allowed", message, { headers: { allow } });
}

function isAt({ path: own }: Route, path: string): boolean {
  return own.endsWith("/") ? path.startsWith(own) && path.length > own.length : path === own;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
