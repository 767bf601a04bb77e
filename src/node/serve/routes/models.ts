/** GET /v1/models: the one model that is served. https://platform.openai.com/docs/api-reference/models @module */
import { brief } from "../../../brief.ts";
import { ApiError } from "../http/api-error.ts";
import type { Route, Served } from "./route.ts";

const modelOf = ({ name: id, created, contextLength }: Served) => ({
  id,
  object: "model",
  created,
  owned_by: "gemma-reference",
  max_model_len: contextLength,
});

export const models: Route = {
  method: "GET",
  path: "/v1/models",
  answer: (served) => ({ object: "list", data: [modelOf(served)] }),
};

export const model: Route = {
  method: "GET",
  path: "/v1/models/",
  answer(served, { rest }) {
    if (rest === served.name) return modelOf(served);
    const message = `there is no model ${brief(rest)} here, but ${brief(served.name)}`;
    throw new ApiError(404, "model_not_found", message, { param: "model" });
  },
};
