// What came after incidents that nobody has met: who is to be called, and the incidents that are closed.
import type { Alert, FollowUp, FollowUpPage, Incident, KeptReport } from "../desk/src/api/types.ts";
import { madeUpIncident } from "./made-up.ts";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const DAY_S = 86_400;
const OUTCOMES = ["completed", "ems_on_scene", "stood_down", "false_alarm", "expired"];

const OPEN = { state: "open", by: null, taken_at: null, done_at: null };
const takenBy = (by: string) => ({ ...OPEN, state: "taken", by, taken_at: ago(900) });

const followUp = (n: number, name: string, phone: string | null, care: FollowUp["care"]): FollowUp => ({
  alert_id: `asks-${n}`,
  incident_id: `closed-${n}`,
  kind: "cardiac_arrest",
  raised_at: ago(7_200 + n * DAY_S),
  responder_id: `p-00${n}`,
  name,
  phone,
  asked_at: ago(1_800 + n * 7_200),
  care,
});

/** One is nobody's, one is somebody else's, one is of whoever looks; names are as long as people's are. */
const followUps = (): FollowUp[] => [
  followUp(4, "Maximiliane Hohenstein-Oldenburg-Wallenrode", "+49 170 555 0104", OPEN),
  followUp(3, "Ben Novak", null, OPEN),
  followUp(2, "Dörte Çelik", "+49 170 555 0102", takenBy("coordinator-of-the-night-shift-2")),
  followUp(1, "Anna Berg", "+49 170 555 0101", takenBy("ann")),
];

const report = (): KeptReport => ({
  alert_id: "asks-1",
  responder_id: "p-001",
  at: ago(9_000),
  cpr: true,
  aed_used: false,
  patient: "handed_over",
  readable: true,
  text: "She was so young.\nI would like to talk to somebody who was there.",
  welfare: "shaken",
  call_me: true,
  care: takenBy("ann"),
});

/** As the end of an incident leaves somebody's alert. */
function ended(alert: Alert, since: number): Alert {
  const said = alert.accepted_at != null;
  const state = said ? "finished" : alert.state === "declined" ? "declined" : "stood_down";
  return {
    ...alert,
    state,
    sent_at: ago(since - 5),
    received_at: ago(since - 8),
    seen_at: ago(since - 14),
    accepted_at: said ? ago(since - 20) : null,
    finished_at: said ? ago(since - 1_400) : null,
    finish_reason: said ? "ems_took_over" : null,
    stood_down_because: state === "stood_down" ? "enough_accepted" : null,
    confirmed_version: 2,
    told_version: 2,
  };
}

/** The latest raised first; of the older ones the private part is gone. */
export const madeUpClosed = (): Incident[] =>
  Array.from({ length: 60 }, (_, n) => {
    const incident = madeUpIncident(n);
    const since = 3_600 + n * 20_000;
    const kept = n < 12;
    return {
      ...incident,
      id: `closed-${n}`,
      state: "closed",
      opened_at: ago(since),
      alerting_since: ago(since),
      closed_at: ago(since - 1_500),
      outcome: OUTCOMES[n % OUTCOMES.length] ?? "completed",
      held_reasons: [],
      ringing: 0,
      next: null,
      location: kept ? incident.location : null,
      address: kept ? { ...incident.address, doubtful: false } : null,
      ems_eta_at: ago(since - 700),
      alerts: incident.alerts.map((alert) => ended(alert, since)),
    } as Incident;
  });

/** The answer to a call about what came after an incident; undefined when it is about something else. */
export function recordsCall(method: string, path: string): unknown {
  if (path === "follow-ups")
    return { items: followUps(), next: null, waiting: 2, mine: 1 } satisfies FollowUpPage;
  const [room, id, what] = path.split("/");
  if (room === "follow-ups" && method === "POST") {
    const one = followUps().find((it) => it.alert_id === id);
    const care = what === "done" ? { ...takenBy("ann"), state: "done", done_at: ago(0) } : takenBy("ann");
    return one ? { ...one, care } : null;
  }
  if (room === "incidents" && what === "reports") return { items: [report()] };
  return undefined;
}
