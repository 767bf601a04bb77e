/** GET /health: whether the server answers, for whoever starts it and waits. @module */
import type { Route } from "./route.ts";

export const health: Route = {
  method: "GET",
  path: "/health",
  isOpen: true,
  answer: ({ name, requests, slots }) => ({
    status: "ok",
    model: name,
    requests,
    texts_under_way: slots.taken,
    tokens_fed: slots.fed,
  }),
};
