// What each sentence claims, as a question to the facts: written from the `when` of the rows and sharing nothing with
// the functions that choose them. The walk of the tests asks it of every sentence that is shown.
import type { Value } from "../sentence.ts";
import type { AlertFacts, IncidentFacts } from "./facts.ts";
import { NOW } from "./samples.ts";
import type { Shown } from "./sentences.ts";

type One = (alert: AlertFacts) => boolean;
type Of = (incident: IncidentFacts, values: Record<string, Value>) => boolean;

const age = ({ position_at }: AlertFacts) =>
  position_at ? (NOW - Date.parse(position_at)) / 1000 : Number.POSITIVE_INFINITY;
const fresh: One = (a) => age(a) <= 60;
const yes: One = (a) => ["accepted", "en_route"].includes(a.state);
const near: One = (a) => yes(a) && a.presence === "at_address";
const gone: One = (a) => yes(a) && a.left && a.presence !== "at_address";
const waits: One = (a) => yes(a) && !a.left && a.presence !== "at_address";
const there: One = (a) => a.state === "on_scene";
const behind: One = (a) => a.told_version != null && (a.confirmed_version ?? 0) < a.told_version;
const on: One = (a) => yes(a) || there(a);

const count = (incident: IncidentFacts, one: One) => incident.alerts.filter(one).length;
const none = (incident: IncidentFacts, one: One) => count(incident, one) === 0;
const done = (incident: IncidentFacts) =>
  incident.alerts.filter((a) => a.state === "finished" && a.round === incident.round);
const open = ({ state }: IncidentFacts) => state !== "closed" && state !== "held";
const stopped = (i: IncidentFacts) => i.danger && i.override == null;
const rings = (i: IncidentFacts) => i.ringing - count(i, (a) => a.push_waiting);
const empty = (i: IncidentFacts) => none(i, on) && done(i).length === 0;
const exhausted = (i: IncidentFacts, ...why: string[]) =>
  i.state === "exhausted" && why.includes(i.exhausted_reason ?? "");
const given = (i: IncidentFacts) =>
  done(i)
    .map((a) => a.finish_reason)
    .filter((why) => why != null);
const same = (a: readonly unknown[], b: readonly unknown[]) =>
  [...new Set(a)].sort().join() === [...new Set(b)].sort().join();
const first = (i: IncidentFacts) =>
  Math.min(...i.alerts.filter((a) => gone(a) && fresh(a)).map((a) => a.eta_s));
const list = (value: Value | undefined) => (Array.isArray(value) ? value : [value]);

const INCIDENT: Record<string, Of> = {
  "first.danger": (i, { n }) => count(i, (a) => a.in_danger) === n && n > 0,
  "first.unsafe": (i) => open(i) && i.scene === "unsafe" && i.override == null,
  "first.unsafe_override": (i) => open(i) && i.scene === "unsafe" && i.override != null,
  "first.stopped": (i) => open(i) && stopped(i) && i.scene !== "unsafe" && none(i, (a) => a.in_danger),
  "first.held": (i, { held }) => i.state === "held" && same(i.held_reasons, list(held)),
  "first.closed": (i, { outcome }) => i.state === "closed" && i.outcome === outcome,
  "first.still_there": (i, { n }) => i.state === "closed" && count(i, there) === n,
  "first.there": (i, { n }) => count(i, there) === n,
  "first.at_address": (i, { n }) => count(i, near) === n,
  "first.way": (i, { n, eta_s }) => none(i, there) && count(i, gone) === n && eta_s === first(i),
  "first.more_way": (i, { n, eta_s }) => !none(i, there) && count(i, gone) === n && eta_s === first(i),
  "first.way_old": (i, { n, age_s }) =>
    count(i, gone) === n && age_s === Math.min(...i.alerts.filter(gone).map(age)) && Number(age_s) > 60,
  "first.way_blind": (i, { n }) => count(i, gone) === n && none(i, (a) => gone(a) && a.position_at != null),
  "first.none_left": (i, { n }) =>
    none(i, gone) && none(i, near) && count(i, (a) => waits(a) && fresh(a)) === n && count(i, yes) === n,
  "first.no_position": (i, { n }) =>
    none(i, gone) && count(i, yes) === n && none(i, (a) => yes(a) && a.position_at != null),
  "first.none_known": (i, { n }) =>
    none(i, gone) && count(i, yes) === n && !none(i, (a) => waits(a) && !fresh(a)),
  "first.more_said": (i, { n }) => count(i, waits) === n && count(i, on) > Number(n),
  "first.finished": (i, { n }) => none(i, on) && done(i).length === n && given(i).length === 0,
  "first.finished_because": (i, { n, finish }) =>
    none(i, on) && done(i).length === n && same(given(i), list(finish)),
  "first.exhausted": (i) => empty(i) && exhausted(i, "nobody_in_reach"),
  "first.max_asked": (i) => empty(i) && exhausted(i, "max_asked"),
  "first.no_replacement": (i) => empty(i) && exhausted(i, "no_replacement"),
  "first.nobody_yet": (i, { age_s }) =>
    empty(i) &&
    i.state === "alerting" &&
    !stopped(i) &&
    age_s === (NOW - Date.parse(i.alerting_since ?? "")) / 1000,
  "first.nobody": (i) => empty(i) && open(i) && i.state !== "exhausted",

  "state.override": (i, { who, since_at }) => i.override?.by === who && i.override?.at === since_at,
  "state.held": (i) => i.state === "held" && i.ringing === 0,
  "state.stopped": (i) => open(i) && stopped(i) && i.next == null,
  "state.next": (i, { radius_m, in_s }) =>
    i.next?.radius_m === radius_m &&
    Date.parse(i.next?.at ?? "") === NOW + Number(in_s) * 1000 &&
    Number(in_s) > 0,
  "state.next_due": (i, { radius_m }) => i.next?.radius_m === radius_m && Date.parse(i.next?.at ?? "") <= NOW,
  "state.ringing": (i, { n }) => rings(i) === n && n > 0,
  "state.push_waiting": (i, { n }) => count(i, (a) => a.push_waiting) === n && n > 0,
  "state.last_ringing": (i, { n }) =>
    i.state === "alerting" && !stopped(i) && i.next == null && rings(i) === n && n > 0,
  "state.nobody_in_reach": (i) => exhausted(i, "nobody_in_reach") && i.next == null && i.ringing === 0,
  "state.max_asked": (i) => exhausted(i, "max_asked") && i.next == null && i.ringing === 0,
  "state.no_replacement": (i) => exhausted(i, "no_replacement") && i.next == null && i.ringing === 0,
  "state.covered": (i) =>
    i.state === "covered" && !stopped(i) && i.next == null && none(i, (a) => on(a) && a.doubtful),
  "state.doubt": (i, { n }) => i.state === "covered" && count(i, (a) => on(a) && a.doubtful) === n,
  "state.not_needed": (i) =>
    open(i) && none(i, on) && given(i).some((why) => why === "ems_took_over" || why === "not_needed"),

  "alarm.danger": (i, { n }) => count(i, (a) => a.in_danger) === n && n > 0,
  "alarm.unsafe": (i) => i.scene === "unsafe",
  "alarm.nobody_coming": (i) => none(i, on),
  "alarm.exhausted": (i) => exhausted(i, "nobody_in_reach"),
  "alarm.max_asked": (i) => exhausted(i, "max_asked"),
  "alarm.no_replacement": (i) => exhausted(i, "no_replacement"),
  "alarm.left": (i, { n, finish }) => {
    const early = done(i)
      .map((a) => a.finish_reason)
      .filter((why) => why === "no_access" || why === "had_to_leave");
    return early.length === n && same(early, list(finish));
  },
  "alarm.left_withdrawn": (i) => !given(i).some((why) => why === "no_access" || why === "had_to_leave"),
  "alarm.unreachable": (i, { n }) => count(i, (a) => a.push_waiting) === n && n > 0,
  "told.update": (i, { n, who }) =>
    count(i, (a) => on(a) && behind(a)) === n &&
    list(who).every((id) => i.alerts.some((a) => a.responder_id === id && on(a) && behind(a))),
  "told.stand_down": (i, { n }) => count(i, (a) => a.state === "stood_down" && behind(a)) === n,
  "asked.all": (i, { n }) => i.alerts.length === n,

  "ambulance.eta": (i, { eta_s }) =>
    Date.parse(i.ems_eta_at ?? "") === NOW + Number(eta_s) * 1000 && Number(eta_s) > 0,
  "ambulance.due": (i, { since_at }) => i.ems_eta_at === since_at && Date.parse(i.ems_eta_at ?? "") <= NOW,
  "figures.all": (i, values) =>
    values.there === count(i, there) && values.coming === count(i, yes) && values.wanted === i.wanted,
  "address.doubtful": (i) => i.address?.doubtful === true,
};

type OfOne = (alert: AlertFacts, values: Record<string, Value>) => boolean;

const PERSON: Record<string, OfOne> = {
  "told.unseen": behind,
  "person.asked": (a, { role }) => a.role === role,
  "person.about": (a, { distance_m, age_s }) =>
    !on(a) && a.position === "live" && a.distance_m === distance_m && a.fix_age_s === age_s,
  "person.about_place": (a, { distance_m }) =>
    !on(a) && a.position === "place" && a.distance_m === distance_m,
  "lane.danger": (a, { since_at }) => a.in_danger && a.danger_at === since_at,
  "lane.danger_now": (a) => a.in_danger,
  "lane.silent": (a, { since_at }) => yes(a) && a.doubtful && a.heard_at === since_at,
  "lane.silent_ever": (a) => yes(a) && a.doubtful && a.heard_at == null,
  "lane.there": there,
  "lane.with_patient": (a, { since_at }) => there(a) && a.with_patient_at === since_at,
  "lane.was_with_patient": (a, { since_at }) => !there(a) && a.with_patient_at === since_at,
  "lane.at_address": near,
  "lane.eta": (a, { eta_s }) => gone(a) && fresh(a) && a.eta_s === eta_s,
  "lane.away": (a, { distance_m }) => yes(a) && a.position_at != null && a.distance_m === distance_m,
  "lane.not_left": (a) => waits(a) && fresh(a),
  "lane.not_known_left": (a) => waits(a) && a.position_at != null && !fresh(a),
  "lane.on_way": (a) => gone(a) && !fresh(a),
  "lane.no_position": (a) => yes(a) && a.position_at == null,
  "lane.old": (a, { age_s }) => yes(a) && age(a) === age_s && Number(age_s) > 30,
  "lane.push_waiting": (a) => a.state === "queued" && a.push_waiting,
  "lane.finished": (a) => a.state === "finished" && a.finish_reason == null,
  "lane.finished_because": (a, { finish }) => a.state === "finished" && a.finish_reason === finish,
  "lane.stood_down": (a, { stood_down }) => a.state === "stood_down" && a.stood_down_because === stood_down,
};

/** Every sentence that has a claim here. */
export const CLAIMS = [...Object.keys(INCIDENT), ...Object.keys(PERSON)];

/** Whether the facts bear the sentence out. */
export function isTrue({ id, values, alert_id }: Shown, incident: IncidentFacts): boolean {
  const alert = incident.alerts.find((one) => one.id === alert_id);
  if (id in PERSON) return alert !== undefined && PERSON[id]?.(alert, values) === true;
  return INCIDENT[id]?.(incident, values) === true;
}
