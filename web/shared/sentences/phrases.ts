// The server's words inside sentences: by the name of the value, then by the word.
import type { Language } from "../i18n.ts";
import { KINDS, kindWords } from "../kinds.ts";

/** Where somebody stands, as the desk says it. */
const STATES = {
  queued: { en: "being sent", de: "wird gesendet" },
  sent: { en: "sent", de: "gesendet" },
  received: { en: "on the phone", de: "auf dem Telefon" },
  seen: { en: "seen", de: "gesehen" },
  accepted: { en: "said yes", de: "zugesagt" },
  en_route: { en: "on the way", de: "unterwegs" },
  on_scene: { en: "there", de: "da" },
  finished: { en: "done", de: "fertig" },
  declined: { en: "said no", de: "abgelehnt" },
  withdrawn: { en: "cannot after all", de: "kann doch nicht" },
  lapsed: { en: "silent", de: "schweigt" },
  stood_down: { en: "not needed", de: "nicht gebraucht" },
  unreachable: { en: "phone silent", de: "Telefon stumm" },
  expired: { en: "too late", de: "zu spät" },
};

const PHRASES: Record<string, Record<string, Record<Language, string>>> = {
  alertstate: STATES,
  from: STATES,
  to: STATES,
  role: {
    cpr: { en: "CPR", de: "Reanimation" },
    aed: { en: "an AED", de: "einen AED" },
    clinician: { en: "care", de: "Versorgung" },
    guide: { en: "guiding the ambulance", de: "das Einweisen" },
  },
  alarm: {
    danger: { en: "a responder in danger", de: "ein Helfer in Gefahr" },
    unsafe: { en: "unsafe scene", de: "unsichere Einsatzstelle" },
    nobody_coming: { en: "nobody is coming", de: "niemand kommt" },
    exhausted: { en: "nobody left to ask", de: "niemand mehr zu fragen" },
    left: { en: "somebody left", de: "jemand ist weg" },
    unreachable: { en: "alerts not taken", de: "Alarme nicht angenommen" },
  },
  exhausted: {
    nobody_in_reach: { en: "nobody more in reach", de: "niemand mehr in Reichweite" },
    max_asked: { en: "the plan's most were asked", de: "so viele gefragt, wie der Plan erlaubt" },
    no_replacement: { en: "the plan replaces nobody", de: "der Plan ersetzt niemanden" },
  },
  place_kind: {
    unknown: { en: "not known", de: "unbekannt" },
    private: { en: "home", de: "privat" },
    public: { en: "public", de: "öffentlich" },
    care: { en: "care home", de: "Pflegeheim" },
  },
  kind: Object.fromEntries(
    KINDS.map((kind) => [kind, { en: kindWords("en")[`kind.${kind}`], de: kindWords("de")[`kind.${kind}`] }]),
  ),
  // a provider's reasons are shown as they are
  push: {},
  // whoever has no name here
  who: { "": { en: "Somebody", de: "Jemand" } },
  held: {
    scene_unsafe: { en: "the scene is unsafe", de: "die Einsatzstelle ist unsicher" },
    scene_not_cleared: { en: "is the scene safe?", de: "ist die Einsatzstelle sicher?" },
    call_too_old: { en: "the call is old", de: "der Notruf ist alt" },
    ems_due: { en: "the ambulance should be there", de: "der Rettungsdienst müsste da sein" },
    patient_too_young: { en: "the patient is very young", de: "der Patient ist sehr jung" },
    plan_holds: { en: "the plan asks a person first", de: "der Plan fragt erst einen Menschen" },
  },
  skill: {
    bls: { en: "basic life support", de: "Basismaßnahmen" },
    first_aid: { en: "first aid", de: "Erste Hilfe" },
    nurse: { en: "nurse", de: "Pflegekraft" },
    emt: { en: "EMT", de: "Rettungssanitäter" },
    paramedic: { en: "paramedic", de: "Notfallsanitäter" },
    doctor: { en: "doctor", de: "Arzt" },
    firefighter: { en: "firefighter", de: "Feuerwehr" },
    police: { en: "police", de: "Polizei" },
  },
  outcome: {
    ems_on_scene: { en: "the ambulance is there", de: "Rettungsdienst ist da" },
    stood_down: { en: "volunteers are not needed", de: "Helfer werden nicht gebraucht" },
    completed: { en: "done", de: "erledigt" },
    false_alarm: { en: "false alarm", de: "Fehlalarm" },
    duplicate: { en: "duplicate", de: "doppelt" },
    expired: { en: "open for too long", de: "zu lange offen" },
  },
  finish: {
    ems_took_over: { en: "the ambulance took over", de: "der Rettungsdienst hat übernommen" },
    not_needed: { en: "not needed", de: "nicht gebraucht" },
    no_access: { en: "could not get in", de: "kein Zugang" },
    had_to_leave: { en: "had to leave", de: "musste weg" },
    silent: { en: "not heard from any more", de: "nichts mehr gehört" },
  },
  stood_down: {
    enough_accepted: { en: "enough others are coming", de: "genug andere kommen" },
    incident_closed: { en: "the incident was closed", de: "der Einsatz wurde geschlossen" },
    place_moved: { en: "the place moved out of reach", de: "der Ort ist jetzt zu weit weg" },
    called_elsewhere: { en: "called elsewhere", de: "anderswo gerufen" },
    no_longer_eligible: { en: "suspended or left", de: "gesperrt oder nicht mehr dabei" },
    doubt_ended: {
      en: "whom they stood in for was heard from",
      de: "von der vermissten Person kam eine Meldung",
    },
    by_desk: { en: "the desk said so", de: "vom Pult abgesagt" },
  },
  scene: {
    safe: { en: "safe", de: "sicher" },
    unknown: { en: "not known", de: "unbekannt" },
    unsafe: { en: "unsafe", de: "unsicher" },
  },
};

/** Names and numbers of people's own making: never changed. */
const AS_IT_IS = ["who", "by", "plan"];

/** The words; one that a newer server uses is shown as it is, and so is a name. */
export function phrase(group: string, code: string, language: Language): string {
  const words = PHRASES[group];
  return words?.[code]?.[language] ?? (words && !AS_IT_IS.includes(group) ? code.replaceAll("_", " ") : code);
}

/** The words of these groups as messages of a page: `skill.nurse` and so on. */
export const phraseWords = (language: Language, ...groups: string[]): Record<string, string> =>
  Object.fromEntries(
    groups.flatMap((group) =>
      Object.keys(PHRASES[group] ?? {}).map((code) => [`${group}.${code}`, phrase(group, code, language)]),
    ),
  );
