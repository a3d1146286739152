// Calls of a page to the server. Every call has a deadline: a hang is never shown as work.

/** No call waits longer, milliseconds. */
const DEADLINE_MS = 8_000;

/** An error as the server tells it (RFC 9457). */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
}

/** The server said no, or did not answer (`status` 0). */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export interface Ask {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Another deadline than every call's, milliseconds. */
  deadlineMs?: number;
  /** The call may outlive the page. */
  keepalive?: boolean;
}

/** Calls `/v1` + `path`. Throws `ApiError`. */
export async function call<T>(path: string, ask: Ask = {}): Promise<T> {
  const deadline = AbortSignal.timeout(ask.deadlineMs ?? DEADLINE_MS);
  const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
  const headers: Record<string, string> = { accept: "application/json", ...ask.headers };
  if (ask.body !== undefined) headers["content-type"] = "application/json";
  const { method = "GET", keepalive = false } = ask;
  let response: Response;
  try {
    const body = ask.body === undefined ? null : JSON.stringify(ask.body);
    response = await fetch(`/v1${path}`, { method, headers, body, signal, keepalive });
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  } catch {
    throw new ApiError({ status: 0, code: "no_answer", title: "" });
  }
  throw new ApiError(await problem(response));
}

async function problem(response: Response): Promise<Problem> {
  const unknown = { status: response.status, code: `http_${response.status}`, title: response.statusText };
  try {
    return { ...unknown, ...((await response.json()) as Partial<Problem>), status: response.status };
  } catch {
    return unknown;
  }
}
