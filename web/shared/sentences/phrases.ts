// The server's words inside sentences: by the name of the value, then by the word.
import type { Language } from "../i18n.ts";

const PHRASES: Record<string, Record<string, Record<Language, string>>> = {
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

/** The words; one that a newer server uses is shown as it is, and so is a name. */
export const phrase = (group: string, code: string, language: Language): string =>
  PHRASES[group]?.[code]?.[language] ?? (PHRASES[group] ? code.replaceAll("_", " ") : code);

/** Every word that has words, for the test that nothing is missing. */
export const phrases = (group: string): string[] => Object.keys(PHRASES[group] ?? {});
