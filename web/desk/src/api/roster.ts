// The coordinator's calls to the server: the responders, their phones and their trackers.
import { call } from "../../../shared/call.ts";
import type { PeopleQuestion } from "../state/roster.ts";
import type { PageOf } from "../views/use-pages.ts";
import type {
  Amendment,
  Enrolment,
  FollowUp,
  FollowUpPage,
  KeptReport,
  Phone,
  Responder,
  SignInCode,
  Tracker,
  TrackerMade,
} from "./types.ts";

/** Responders on a page; the server's most. */
const PAGE = 200;

const one = (id: string) => `/responders/${encodeURIComponent(id)}`;
const post = <T>(path: string, body: unknown = {}) => call<T>(path, { method: "POST", body });

export const roster = {
  page: (asked: PeopleQuestion, after: string | null, signal: AbortSignal) => {
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, value] of Object.entries({ ...asked, q: asked.q.trim(), after: after ?? "" }))
      if (value) query.set(name, value);
    return call<PageOf<Responder>>(`/responders?${query}`, { signal });
  },
  one: (id: string) => call<Responder>(one(id)),
  enrol: (who: Enrolment) => post<Responder>("/responders", who),
  amend: (id: string, change: Amendment) => call<Responder>(one(id), { method: "PATCH", body: change }),
  verify: (id: string) => post<Responder>(`${one(id)}/verify`),
  suspend: (id: string) => post<Responder>(`${one(id)}/suspend`),
  followUps: (after: string | null, limit: number, signal?: AbortSignal) => {
    const query = new URLSearchParams({ limit: String(limit), ...(after && { after }) });
    return call<FollowUpPage>(`/follow-ups?${query}`, signal ? { signal } : {});
  },
  /** `from` is who has it now, when somebody has. */
  take: (alert: string, from: string | null) =>
    post<FollowUp>(`/follow-ups/${encodeURIComponent(alert)}/take`, from === null ? {} : { from }),
  done: (alert: string) => post<FollowUp>(`/follow-ups/${encodeURIComponent(alert)}/done`),
  reports: (incident: string) =>
    call<{ items: KeptReport[] }>(`/incidents/${encodeURIComponent(incident)}/reports`),
  phones: (id: string) => call<{ items: Phone[] }>(`${one(id)}/phones`),
  removePhone: (id: string, device: string) =>
    call<void>(`${one(id)}/devices/${encodeURIComponent(device)}`, { method: "DELETE" }),
  code: (id: string, signOutOthers: boolean) =>
    post<SignInCode>(`${one(id)}/enrolment`, { sign_out_others: signOutOthers }),
  trackers: (id: string) => call<{ items: Tracker[] }>(`${one(id)}/trackers`),
  makeTracker: (id: string, label: string) => post<TrackerMade>(`${one(id)}/trackers`, { label }),
  revoke: (id: string, tracker: string) =>
    call<void>(`${one(id)}/trackers/${encodeURIComponent(tracker)}`, { method: "DELETE" }),
};
