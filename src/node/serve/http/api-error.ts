/** Refusals as OpenAI words them: `{ error: { message, type, param, code } }`, with a status. @module */
import { ArgumentError, ShapeError, UnsupportedError } from "../../../errors.ts";

/** What is sent instead of an answer. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    /** Whose fault it is: `invalid_request_error`, `authentication_error`, `rate_limit_error`, `server_error`. */
    readonly type: string;
    /** The field that is refused. */
    readonly param: string | null;
    /** A word for programs. */
    readonly code: string;
  };
}

/** A request that is refused. A status of 4xx says that asking the same again will not help; 429 and 503, that it may. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    {
      param = null,
      headers = {},
    }: { param?: string | null; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.headers = headers;
  }

  get body(): ErrorBody {
    const { message, status, param, code } = this;
    return { error: { message, type: TYPES[status] ?? usualType(status), param, code } };
  }
}

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  429: "rate_limit_error",
};

function usualType(status: number): string {
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** Any error as a refusal: the library's about an argument are the client's fault, all else is ours and says no more. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ArgumentError || error instanceof ShapeError) {
    return new ApiError(400, "invalid_value", inFields(error.message), { param: fieldOf(error) });
  }
  if (error instanceof UnsupportedError) {
    return new ApiError(400, "unsupported", inFields(error.message), { param: fieldOf(error) });
  }
  return new ApiError(500, "internal_error", "the server failed; its operator can see why");
}

/** Options of the library that clients know as fields. */
const FIELDS =
  /\b(maxTokens|minTokens|topP|topK|minP|logitBias|stopTokenIds|ignoreEos|continueFinalMessage|topLogprobs|(?:repetition|frequency|presence)Penalty)\b/g;

/** A message of the library, with a client's names. */
const inFields = (message: string): string => message.replace(FIELDS, fieldName);

const fieldOf = ({ argument }: { readonly argument?: string }): string | null =>
  argument === undefined ? null : inFields(argument);

/** `maxTokens` → `max_tokens`: a field by the library's name for it. */
export const fieldName = (option: string): string =>
  option.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
