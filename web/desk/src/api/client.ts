// The calls of the page to the server.
import { call } from "../../../shared/call.ts";
import type {
  Aed,
  AlarmKind,
  Box,
  Coverage,
  FormFacts,
  Found,
  Incident,
  IncidentPage,
  LogItem,
  MapSettings,
  Patch,
  Person,
  Readiness,
  Report,
  Session,
} from "./types.ts";

export { ApiError } from "../../../shared/call.ts";

/** Incidents on a page; the server's most. */
const PAGE = 200;
/** Pages of one sort read at once after a sign-in: 20,000 incidents. */
const PAGES_MAX = 100;

const post = <T>(path: string, body: unknown) => call<T>(path, { method: "POST", body });
const box = (b: Box) => b.map((degrees) => degrees.toFixed(5)).join(",");
const incident = (id: string) => `/incidents/${encodeURIComponent(id)}`;

export const api = {
  session: () => call<Session>("/session"),
  /** Keeps the token in a cookie that scripts cannot read. */
  signIn: (token: string) =>
    call<void>("/session", { method: "POST", headers: { authorization: `Bearer ${token}` } }),
  /** Uses the code of a link up; the session is kept the same way. */
  signInByCode: (code: string) => post<void>("/session/code", { code }),
  signOut: () => call<void>("/session", { method: "DELETE" }),

  /**
   * Every open incident and then every closed one of which a report of danger rings, in this order: one that
   * is closed in between is among the latter. The feed goes on at the first page's cursor, the oldest.
   */
  async incidents(): Promise<{ items: Incident[]; cursor: string }> {
    const items: Incident[] = [];
    let cursor = "";
    for (const state of ["open", "unheard"]) {
      let after = "";
      for (let page = 0; page < PAGES_MAX; page++) {
        const next = after && `&after=${encodeURIComponent(after)}`;
        const read = await call<IncidentPage>(`/incidents?state=${state}&limit=${PAGE}${next}`);
        items.push(...read.items);
        cursor ||= read.feed_cursor;
        if (!read.next) break;
        after = read.next;
      }
    }
    return { items, cursor };
  },
  closed: (asked: Record<string, string>, limit: number, after: string | null, signal: AbortSignal) => {
    const query = new URLSearchParams({
      state: "closed",
      limit: String(limit),
      ...asked,
      ...(after && { after }),
    });
    return call<IncidentPage>(`/incidents?${query}`, { signal });
  },
  incident: (id: string) => call<Incident>(incident(id)),
  log: (id: string) => call<{ items: LogItem[] }>(`${incident(id)}/log`),
  people: (id: string) => call<{ items: Person[] }>(`${incident(id)}/people`),

  raise: (report: Report, key: string, signal: AbortSignal, deadlineMs: number) =>
    call<Incident>("/incidents", {
      method: "POST",
      body: report,
      headers: { "idempotency-key": key },
      signal,
      deadlineMs,
    }),
  patch: (id: string, patch: Patch) => call<Incident>(incident(id), { method: "PATCH", body: patch }),
  /** `override` starts it although the scene is unsafe. */
  release: (id: string, reason: string, override?: "scene_unsafe") =>
    post<Incident>(`${incident(id)}/release`, override ? { reason, override } : { reason }),
  widen: (id: string, fromWave: number) => post<Incident>(`${incident(id)}/widen`, { from_wave: fromWave }),
  close: (id: string, outcome: string, of?: string) =>
    post<Incident>(`${incident(id)}/close`, of ? { outcome, of } : { outcome }),
  reopen: (id: string, reason: string) => post<Incident>(`${incident(id)}/reopen`, { reason }),
  /** One person is not needed any more. */
  standDown: (id: string, alert: string, reason: string) =>
    post<Incident>(
      `${incident(id)}/alerts/${encodeURIComponent(alert)}/stand-down`,
      reason ? { reason } : {},
    ),
  /** Takes back a mistaken arrival or end. */
  correct: (id: string, alert: string, state: string, reason: string) =>
    post<Incident>(
      `${incident(id)}/alerts/${encodeURIComponent(alert)}/correct`,
      reason ? { state, reason } : { state },
    ),
  acknowledge: (id: string, alarm: AlarmKind) => post<Incident>(`${incident(id)}/acknowledge`, { alarm }),

  form: () => call<FormFacts>("/form"),
  readiness: () => call<Readiness>("/readiness"),

  map: () => call<MapSettings>("/map"),
  coverage: (b: Box, signal: AbortSignal) => call<Coverage>(`/coverage?bbox=${box(b)}`, { signal }),
  aeds: (b: Box, signal: AbortSignal) =>
    call<{ items: Aed[]; truncated: boolean }>(`/aeds?bbox=${box(b)}`, { signal }),
  geocode: (q: string, near: { lat: number; lon: number } | null, signal: AbortSignal) => {
    const at = near ? `&near=${near.lat.toFixed(4)},${near.lon.toFixed(4)}` : "";
    return call<{ items: Found[] }>(`/geocode?q=${encodeURIComponent(q)}${at}`, { signal });
  },
};
