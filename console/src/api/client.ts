/** One way to ask the control plane. What it refuses comes as an ApiError: what is wrong, and what to do next. */
import { base } from "../url/base";

export interface Refusal {
  code: string;
  message: string;
  fix?: string;
  where?: unknown;
  request_id?: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly refusal: Refusal,
  ) {
    super(refusal.message);
  }
}

const root = `${location.origin}${base}api/v1`;
let csrf = "";

export function setCsrf(token: string): void {
  csrf = token;
}

export function apiUrl(path: string): string {
  return root + path;
}

export interface Asked {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export async function ask<T>(method: string, path: string, { body, headers = {}, signal }: Asked = {}): Promise<T> {
  const sent: Record<string, string> = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (method !== "GET" && csrf) sent["X-CSRF-Token"] = csrf;
  let answer: Response;
  try {
    answer = await fetch(root + path, {
      method,
      headers: sent,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, {
      code: "console.unreachable",
      message: "The control plane does not answer.",
      fix: "Is it running? `mw up` or `mw console` starts it. What is live goes on answering meanwhile.",
    });
  }
  return take<T>(answer);
}

async function take<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  let told: unknown;
  try {
    told = text ? JSON.parse(text) : null;
  } catch {
    told = null;
  }
  if (answer.ok) return told as T;
  const refusal = (told as { error?: Refusal } | null)?.error;
  throw new ApiError(answer.status, refusal ?? {
    code: `http.${answer.status}`,
    message: `The control plane answered ${answer.status} ${answer.statusText}.`,
    fix: "Try again; `mw status` says what is running.",
    request_id: answer.headers.get("x-request-id") ?? "",
  });
}
