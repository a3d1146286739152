// The calls of the page to the server. Every call has a deadline: a hang is never shown as work.
import type {
  Aed,
  AlarmKind,
  Box,
  Coverage,
  Found,
  Incident,
  IncidentPage,
  LogItem,
  MapSettings,
  Patch,
  Person,
  Problem,
  Report,
  Session,
} from "./types.ts";

/** No call waits longer, milliseconds. */
const DEADLINE_MS = 8_000;
/** Incidents on a page; the server's most. */
const PAGE = 200;
/** Pages read at once after a sign-in: 20,000 incidents. */
const PAGES_MAX = 100;

/** The server said no, or did not answer (`status` 0). */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

interface Ask {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function call<T>(path: string, ask: Ask = {}): Promise<T> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline;
  const headers: Record<string, string> = { accept: "application/json", ...ask.headers };
  if (ask.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    const body = ask.body === undefined ? null : JSON.stringify(ask.body);
    response = await fetch(`/v1${path}`, { method: ask.method ?? "GET", headers, body, signal });
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

const post = <T>(path: string, body: unknown) => call<T>(path, { method: "POST", body });
const box = (b: Box) => b.map((degrees) => degrees.toFixed(5)).join(",");
const incident = (id: string) => `/incidents/${encodeURIComponent(id)}`;

export const api = {
  session: () => call<Session>("/session"),
  /** Keeps the token in a cookie that scripts cannot read. */
  signIn: (token: string) =>
    call<void>("/session", { method: "POST", headers: { authorization: `Bearer ${token}` } }),
  signOut: () => call<void>("/session", { method: "DELETE" }),

  /** Every open incident, and where the feed goes on: the first page's cursor, the oldest. */
  async openIncidents(): Promise<{ items: Incident[]; cursor: string }> {
    const items: Incident[] = [];
    let [after, cursor] = ["", ""];
    for (let page = 0; page < PAGES_MAX; page++) {
      const next = after && `&after=${encodeURIComponent(after)}`;
      const read = await call<IncidentPage>(`/incidents?state=open&limit=${PAGE}${next}`);
      items.push(...read.items);
      cursor ||= read.feed_cursor;
      if (!read.next) break;
      after = read.next;
    }
    return { items, cursor };
  },
  incident: (id: string) => call<Incident>(incident(id)),
  log: (id: string) => call<{ items: LogItem[] }>(`${incident(id)}/log`),
  people: (id: string) => call<{ items: Person[] }>(`${incident(id)}/people`),

  raise: (report: Report, key: string) =>
    call<Incident>("/incidents", { method: "POST", body: report, headers: { "idempotency-key": key } }),
  patch: (id: string, patch: Patch) => call<Incident>(incident(id), { method: "PATCH", body: patch }),
  release: (id: string, reason: string) => post<Incident>(`${incident(id)}/release`, { reason }),
  widen: (id: string, fromWave: number) => post<Incident>(`${incident(id)}/widen`, { from_wave: fromWave }),
  close: (id: string, outcome: string, of?: string) =>
    post<Incident>(`${incident(id)}/close`, of ? { outcome, of } : { outcome }),
  reopen: (id: string, reason: string) => post<Incident>(`${incident(id)}/reopen`, { reason }),
  acknowledge: (id: string, alarm: AlarmKind) => post<Incident>(`${incident(id)}/acknowledge`, { alarm }),

  map: () => call<MapSettings>("/map"),
  coverage: (b: Box, signal: AbortSignal) => call<Coverage>(`/coverage?bbox=${box(b)}`, { signal }),
  aeds: (b: Box, signal: AbortSignal) =>
    call<{ items: Aed[]; truncated: boolean }>(`/aeds?bbox=${box(b)}`, { signal }),
  geocode: (q: string, near: { lat: number; lon: number } | null, signal: AbortSignal) => {
    const at = near ? `&near=${near.lat.toFixed(4)},${near.lon.toFixed(4)}` : "";
    return call<{ items: Found[] }>(`/geocode?q=${encodeURIComponent(q)}${at}`, { signal });
  },
};
