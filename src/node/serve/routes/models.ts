/** GET /v1/models: the model that is served, and its adapters. https://platform.openai.com/docs/api-reference/models @module */
import { brief } from "../../../brief.ts";
import { ApiError } from "../http/api-error.ts";
import type { Route, Served } from "./route.ts";

const modelOf = ({ name, created, contextLength }: Served, id = name) => ({
  id,
  object: "model",
  created,
  owned_by: "gemma-reference",
  max_model_len: contextLength,
  ...(id !== name && { parent: name }), // as vLLM says it of an adapter
});

const namesOf = ({ name, gemma }: Served) => [
  name,
  ...gemma.adapters.filter((adapter) => adapter !== name),
];

export const models: Route = {
  method: "GET",
  path: "/v1/models",
  answer: (served) => ({
    object: "list",
    data: namesOf(served).map((name) => modelOf(served, name)),
  }),
};

export const model: Route = {
  method: "GET",
  path: "/v1/models/",
  answer(served, { rest }) {
    const names = namesOf(served);
    if (names.includes(rest)) return modelOf(served, rest);
    const message = `there is no model ${brief(rest)} here, but ${names.map((name) => brief(name)).join(", ")}`;
    throw new ApiError(404, "model_not_found", message, { param: "model" });
  },
};
