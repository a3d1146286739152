// What has happened, as the timeline says it: one row for each type of event of the API.
import { type Sentence, sayer, type Table, type Values } from "../sentence.ts";

export const LOG = {
  raised: { when: "the event", en: "Raised", de: "Gemeldet" },
  released: { when: "the event, override_by absent", en: "Released", de: "Freigegeben" },
  released_override: {
    when: "released with override_by = {by}",
    en: "Released although the scene is unsafe, by {by}",
    de: "Freigegeben trotz unsicherer Einsatzstelle, durch {by}",
  },
  still_held: {
    when: "the event; reasons are {held}",
    en: "Waits still: {held}",
    de: "Wartet weiter: {held}",
  },
  wave_launched: {
    when: "the event; wave, considered, radius_m",
    en: "Wave {wave}: {considered} in reach within {radius_m}",
    de: "Welle {wave}: {considered} in Reichweite im Umkreis von {radius_m}",
  },
  wave_empty: {
    when: "the event; wave",
    en: "Wave {wave} found nobody to ask: the next begins",
    de: "Welle {wave} fand niemanden zum Fragen: die nächste beginnt",
  },
  widen_requested: { when: "the event", en: "Next wave wanted now", de: "Nächste Welle sofort gewünscht" },
  alerted: {
    when: "the event; alert.role, alert.distance_m",
    en: "{who} asked for {role}, about {distance_m} away",
    de: "{who} gefragt für {role}, etwa {distance_m} entfernt",
  },
  taken_over: {
    when: "the event",
    en: "{who} is on it, from another report of the same emergency",
    de: "{who} ist dabei, von einer anderen Meldung desselben Notfalls",
  },
  passed_over: {
    when: "the event; {n} people",
    en: { one: "One in reach not asked, with reason", other: "{n} in reach not asked, with reasons" },
    de: {
      one: "Eine Person in Reichweite nicht gefragt, mit Grund",
      other: "{n} in Reichweite nicht gefragt, mit Gründen",
    },
  },
  found_too_few: {
    when: "the event; {n} missing",
    en: { one: "One too few in reach", other: "{n} too few in reach" },
    de: { one: "Eine Person zu wenig in Reichweite", other: "{n} zu wenig in Reichweite" },
  },
  exhausted: {
    when: "the event; why",
    en: "Nobody is left to ask: {exhausted}",
    de: "Niemand mehr zu fragen: {exhausted}",
  },
  sent: {
    when: "the event",
    en: "Push for {who} taken by the provider",
    de: "Push für {who} vom Anbieter angenommen",
  },
  received: { when: "the event", en: "Phone of {who} has it", de: "Telefon von {who} hat es" },
  seen: { when: "the event", en: "{who} looked at it", de: "{who} hat es gesehen" },
  confirmed: {
    when: "the event",
    en: "Phone of {who} shows the last change",
    de: "Telefon von {who} zeigt die letzte Änderung",
  },
  push_failed: {
    when: "the event; reason",
    en: "Push for {who} failed: {push}",
    de: "Push für {who} gescheitert: {push}",
  },
  push_put_off: {
    when: "the event; reason",
    en: "Push for {who} not taken yet, tried again: {push}",
    de: "Push für {who} noch nicht angenommen, neuer Versuch: {push}",
  },
  accepted: { when: "the event", en: "{who} said yes", de: "{who} hat zugesagt" },
  declined: { when: "the event", en: "{who} said no", de: "{who} hat abgelehnt" },
  withdrawn: { when: "the event", en: "{who} cannot come after all", de: "{who} kann doch nicht kommen" },
  departed: { when: "the event", en: "{who} set off", de: "{who} ist losgegangen" },
  arrived: { when: "the event", en: "{who} is there", de: "{who} ist da" },
  reached_patient: { when: "the event", en: "{who} is with the patient", de: "{who} ist beim Patienten" },
  finished: { when: "the event, why absent", en: "{who} is done", de: "{who} ist fertig" },
  finished_because: {
    when: "finished with why = {finish}",
    en: "{who} is done: {finish}",
    de: "{who} ist fertig: {finish}",
  },
  lapsed: {
    when: "the event",
    en: "{who} is silent: their place is free for somebody else",
    de: "{who} schweigt: der Platz ist frei für jemand anderen",
  },
  unreachable: {
    when: "the event",
    en: "No phone of {who} answered",
    de: "Kein Telefon von {who} hat sich gemeldet",
  },
  expired: { when: "the event", en: "The ask to {who} ended", de: "Die Anfrage an {who} ist abgelaufen" },
  stood_down: {
    when: "the event; why",
    en: "{who} is not needed: {stood_down}",
    de: "{who} wird nicht gebraucht: {stood_down}",
  },
  stood_down_merged: {
    when: "stood_down with why = merged",
    en: "{who} goes on with the other report",
    de: "{who} macht beim anderen Einsatz weiter",
  },
  corrected: {
    when: "the event; from, to",
    en: "Corrected: {who} is “{to}” and not “{from}”",
    de: "Berichtigt: {who} ist „{to}“ und nicht „{from}“",
  },
  at_address: {
    when: "the event",
    en: "{who} is at the address by position, not confirmed",
    de: "{who} ist der Position nach an der Adresse, nicht bestätigt",
  },
  left_address: {
    when: "the event",
    en: "{who} is not at the address any more, by position",
    de: "{who} ist der Position nach nicht mehr an der Adresse",
  },
  still_going_asked: {
    when: "the event",
    en: "{who} is silent on the way: asked “still going?”",
    de: "{who} schweigt unterwegs: „Noch unterwegs?“ gefragt",
  },
  heard: { when: "the event", en: "Sign of life of {who}", de: "Lebenszeichen von {who}" },
  danger_reported: { when: "the event", en: "{who} is in danger", de: "{who} ist in Gefahr" },
  danger_ended: {
    when: "the event",
    en: "{who} is out of the danger that they reported",
    de: "{who} ist außer der gemeldeten Gefahr",
  },
  covered: { when: "the event", en: "Covered: enough said yes", de: "Versorgt: genug haben zugesagt" },
  uncovered: { when: "the event", en: "A place is free again", de: "Ein Platz ist wieder frei" },
  scene_changed: { when: "the event; scene", en: "Scene: {scene}", de: "Einsatzstelle: {scene}" },
  moved: {
    when: "the event, address_doubtful absent",
    en: "Moved to another place",
    de: "An einen anderen Ort verlegt",
  },
  moved_doubtful: {
    when: "moved with address_doubtful",
    en: "Moved to another place; the address is that of the old one",
    de: "An einen anderen Ort verlegt; die Adresse ist die des alten",
  },
  address_changed: { when: "the event", en: "Address changed", de: "Adresse geändert" },
  address_removed: { when: "the event", en: "Address removed", de: "Adresse entfernt" },
  address_confirmed: {
    when: "the event",
    en: "Address is right for the new place too",
    de: "Adresse stimmt auch für den neuen Ort",
  },
  kind_changed: { when: "the event; kind", en: "What happened: {kind}", de: "Was geschehen ist: {kind}" },
  patient_changed: {
    when: "the event; age_y",
    en: "Patient’s age: {age_y}",
    de: "Alter des Patienten: {age_y}",
  },
  patient_unknown: {
    when: "patient_changed without age_y",
    en: "Patient’s age is not known",
    de: "Alter des Patienten unbekannt",
  },
  place_kind_changed: {
    when: "the event; place",
    en: "Kind of place: {place_kind}",
    de: "Art des Ortes: {place_kind}",
  },
  ems_eta_changed: {
    when: "the event; at",
    en: "Ambulance expected at {due_at}",
    de: "Rettungsdienst erwartet um {due_at}",
  },
  ems_eta_unknown: {
    when: "ems_eta_changed without at",
    en: "Ambulance’s time is not known",
    de: "Zeit des Rettungsdienstes unbekannt",
  },
  noted: { when: "the event", en: "Note", de: "Notiz" },
  message_sent: {
    when: "the event",
    en: "Message to those who said yes",
    de: "Nachricht an alle, die zugesagt haben",
  },
  open_for_long: {
    when: "the event",
    en: "Open for long: somebody should look",
    de: "Schon lange offen: jemand sollte nachsehen",
  },
  closed: { when: "the event; outcome", en: "Closed: {outcome}", de: "Geschlossen: {outcome}" },
  reopened: { when: "the event", en: "Opened again", de: "Wieder geöffnet" },
  acknowledged: {
    when: "the event; alarm",
    en: "Alarm acknowledged: {alarm}",
    de: "Alarm quittiert: {alarm}",
  },
} as const satisfies Table;

export type LogId = keyof typeof LOG;
const say = sayer(LOG);

type Detail = Record<string, unknown>;
const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? value : 0);
const words = (value: unknown) => (Array.isArray(value) ? value.map(text) : []);

/** The row and its values for each event that says more than its type. `kind` is the kind's word for the reader. */
const DETAILS: { [type in LogId]?: (detail: Detail) => [LogId, Values] } = {
  released: ({ override_by }) =>
    override_by ? ["released_override", { by: text(override_by) }] : ["released", {}],
  still_held: ({ reasons }) => ["still_held", { held: words(reasons) }],
  wave_launched: ({ wave, considered, radius_m }) => [
    "wave_launched",
    { wave: number(wave), considered: number(considered), radius_m: number(radius_m) },
  ],
  wave_empty: ({ wave }) => ["wave_empty", { wave: number(wave) }],
  alerted: ({ alert }) => {
    const { role, distance_m } = (alert ?? {}) as Detail;
    return ["alerted", { role: text(role), distance_m: number(distance_m) }];
  },
  passed_over: ({ people }) => ["passed_over", { n: Array.isArray(people) ? people.length : 0 }],
  found_too_few: ({ missing }) => ["found_too_few", { n: number(missing) }],
  exhausted: ({ why }) => ["exhausted", { exhausted: text(why) || "nobody_in_reach" }],
  push_failed: ({ reason }) => ["push_failed", { push: text(reason) }],
  push_put_off: ({ reason }) => ["push_put_off", { push: text(reason) }],
  finished: ({ why }) => (why ? ["finished_because", { finish: text(why) }] : ["finished", {}]),
  stood_down: ({ why }) =>
    why === "merged" ? ["stood_down_merged", {}] : ["stood_down", { stood_down: text(why) }],
  corrected: ({ from, to }) => ["corrected", { from: text(from), to: text(to) }],
  scene_changed: ({ scene }) => ["scene_changed", { scene: text(scene) }],
  moved: ({ address_doubtful }) => [address_doubtful ? "moved_doubtful" : "moved", {}],
  kind_changed: ({ kind }) => ["kind_changed", { kind: text(kind) }],
  patient_changed: ({ age_y }) =>
    age_y == null ? ["patient_unknown", {}] : ["patient_changed", { age_y: number(age_y) }],
  place_kind_changed: ({ place }) => ["place_kind_changed", { place_kind: text(place) }],
  ems_eta_changed: ({ at }) => (at ? ["ems_eta_changed", { due_at: text(at) }] : ["ems_eta_unknown", {}]),
  closed: ({ outcome }) => ["closed", { outcome: text(outcome) }],
  acknowledged: ({ alarm }) => ["acknowledged", { alarm: text(alarm) }],
};

/** The line of the timeline; null for a type that a newer server writes. `who` is the person's name, or empty. */
export function logSentence(type: string, detail: Detail, who: string): Sentence<LogId> | null {
  if (!(type in LOG)) return null;
  const [id, values] = DETAILS[type as LogId]?.(detail) ?? [type as LogId, {}];
  return say(id, { ...values, who });
}
