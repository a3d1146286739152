// What each action of the desk will do, said before it is done: chosen from the facts, so that nothing is promised that
// does not happen.
import { type Sentence, sayer, type Table } from "../sentence.ts";
import type { AlertFacts, IncidentFacts } from "./facts.ts";
import { isEngaged, isThere } from "./people.ts";

export const DOES = {
  "does.release": {
    when: "state = held, no danger; the plan is {plan} and wants {wanted}",
    en: "Alerting begins now by the plan “{plan}”: the nearest people are asked until {wanted} are coming.",
    de: "Die Alarmierung beginnt jetzt nach dem Plan „{plan}“: die Nächsten werden gefragt, bis {wanted} kommen.",
  },
  "does.override": {
    when: "state = held, danger; the person leads",
    en: "People are asked although the scene is unsafe. Each alert says so before it can be accepted, and accepting needs a second yes. Your name stands with it until the scene is safe.",
    de: "Helfer werden gefragt, obwohl die Einsatzstelle unsicher ist. Jeder Alarm sagt das vor der Zusage, und die Zusage braucht ein zweites Ja. Der eigene Name steht dabei, bis die Einsatzstelle sicher ist.",
  },
  "does.widen": {
    when: "the plan has a wave {wave} with {radius_m}; not held, no danger or overridden",
    en: "Wave {wave} begins now: people within {radius_m} are asked as well. Whoever was asked stays asked.",
    de: "Welle {wave} beginnt jetzt: Menschen im Umkreis von {radius_m} werden auch gefragt. Wer gefragt ist, bleibt gefragt.",
  },
  "does.message": {
    when: "{n} are engaged",
    en: {
      one: "Goes to the phone of the one person who said yes.",
      other: "Goes to the phones of the {n} people who said yes.",
    },
    de: {
      one: "Geht an das Telefon der einen Person, die zugesagt hat.",
      other: "Geht an die Telefone der {n} Menschen, die zugesagt haben.",
    },
  },
  "does.place": {
    when: "the form has another place; not held, no danger or overridden",
    en: "People are looked for anew from there.",
    de: "Von dort wird neu gesucht.",
  },
  "does.place_held": {
    when: "the form has another place; nobody is asked: held, or danger that is not overridden",
    en: "Nobody is asked now; when alerting goes on, people are looked for from there.",
    de: "Jetzt wird niemand gefragt; geht die Alarmierung weiter, wird von dort gesucht.",
  },
  "does.place_told": {
    when: "the form has another place, address or kind of place; {n} are engaged",
    en: {
      one: "The one person on it is told of the change.",
      other: "The {n} people on it are told of the change.",
    },
    de: {
      one: "Die eine Person im Einsatz erfährt die Änderung.",
      other: "Die {n} Menschen im Einsatz erfahren die Änderung.",
    },
  },
  "does.address_doubtful": {
    when: "the form has another place further away than max(50 m, uncertainty); there is an address, and the form leaves it as it is",
    en: "The address stays, marked as that of the old place.",
    de: "Die Adresse bleibt stehen, als die des alten Ortes gekennzeichnet.",
  },
  "does.kind": {
    when: "the form has another kind",
    en: "From now on people are asked by the plan of this kind. Nobody who is on it is stood down.",
    de: "Ab jetzt wird nach dem Plan dieser Art gefragt. Niemandem, der im Einsatz ist, wird abgesagt.",
  },
  "does.unsafe": {
    when: "scene is not unsafe; {n} are engaged",
    en: {
      one: "All waves stop. The one person on it is told at once: danger, stay away.",
      other: "All waves stop. The {n} people on it are told at once: danger, stay away.",
    },
    de: {
      one: "Alle Wellen halten an. Die eine Person im Einsatz erfährt sofort: Gefahr, fernbleiben.",
      other: "Alle Wellen halten an. Die {n} Menschen im Einsatz erfahren sofort: Gefahr, fernbleiben.",
    },
  },
  "does.unsafe_nobody": {
    when: "scene is not unsafe; nobody is engaged",
    en: "Nobody is asked until the scene is safe.",
    de: "Niemand wird gefragt, bis die Einsatzstelle sicher ist.",
  },
  "does.safe_starts": {
    when: "state = held; no reason to hold is left once the scene is safe; {wanted}",
    en: "Nothing else holds it: alerting begins now, the nearest people are asked until {wanted} are coming.",
    de: "Nichts anderes hält ihn: die Alarmierung beginnt jetzt, die Nächsten werden gefragt, bis {wanted} kommen.",
  },
  "does.safe_held": {
    when: "state = held; {held} hold it also when the scene is safe",
    en: "It stays held all the same: {held}. Release it to start.",
    de: "Er wartet trotzdem weiter: {held}. Zum Beginnen freigeben.",
  },
  "does.safe_alerting": {
    when: "state = alerting or exhausted; danger, no override",
    en: "Alerting goes on where it stopped.",
    de: "Die Alarmierung geht weiter, wo sie anhielt.",
  },
  "does.safe_covered": {
    when: "state = covered",
    en: "The warning ends. Nobody more is asked: enough have said yes.",
    de: "Die Warnung endet. Niemand wird mehr gefragt: genug haben zugesagt.",
  },
  "does.safe_override": {
    when: "state = alerting or exhausted; override is not null",
    en: "The warning and the override end. Alerting goes on.",
    de: "Die Warnung und die Ausnahme enden. Die Alarmierung geht weiter.",
  },
  "does.all_clear": {
    when: "danger; {n} are engaged",
    en: {
      one: "The one person on it is told that the danger is over, if they were told of it.",
      other: "Those of the {n} people on it who were told of the danger are told that it is over.",
    },
    de: {
      one: "Die eine Person im Einsatz erfährt, dass die Gefahr vorbei ist, falls sie davon wusste.",
      other: "Wer von den {n} Menschen im Einsatz von der Gefahr wusste, erfährt, dass sie vorbei ist.",
    },
  },
  "does.open_reports": {
    when: "{who} have in_danger",
    en: "Still reported in danger: {who}. This ends their report.",
    de: "Noch als in Gefahr gemeldet: {who}. Damit endet diese Meldung.",
  },
  "does.ems": {
    when: "always",
    en: "Changes the ambulance's time for everybody who looks at this incident. Nobody is told by push.",
    de: "Ändert die Zeit des Rettungsdienstes für alle, die diesen Einsatz sehen. Niemand bekommt eine Nachricht.",
  },
  "does.note": {
    when: "always",
    en: "Stands in the timeline. Nobody is told.",
    de: "Steht im Verlauf. Niemand wird benachrichtigt.",
  },
  "does.close_nobody": {
    when: "nobody is asked or under way",
    en: "Nobody has to be told to stop.",
    de: "Niemandem muss abgesagt werden.",
  },
  "does.close": {
    when: "{n} are unanswered, or engaged and not on scene",
    en: {
      one: "The one person asked or under way is told to stop.",
      other: "The {n} people asked or under way are told to stop.",
    },
    de: {
      one: "Der einen gefragten oder anfahrenden Person wird abgesagt.",
      other: "Den {n} gefragten oder anfahrenden Menschen wird abgesagt.",
    },
  },
  "does.duplicate": {
    when: "the person chose another incident",
    en: "Closes this one and names the other.",
    de: "Schließt diesen und nennt den anderen.",
  },
  "does.duplicate_other": {
    when: "the person chose that another incident is the duplicate",
    en: "Closes the other one; it names this one.",
    de: "Schließt den anderen; er nennt diesen.",
  },
  "does.duplicate_moves": {
    when: "{n} of the one that closes are engaged",
    en: {
      one: "The one person on it goes on with the one that stays.",
      other: "The {n} people on it go on with the one that stays.",
    },
    de: {
      one: "Die eine Person darauf macht beim bleibenden weiter.",
      other: "Die {n} Menschen darauf machen beim bleibenden weiter.",
    },
  },
  "does.duplicate_asked": {
    when: "{n} of the one that closes are unanswered",
    en: {
      one: "The one person asked is told to stop; the one that stays may ask them anew.",
      other: "The {n} people asked are told to stop; the one that stays may ask them anew.",
    },
    de: {
      one: "Der einen gefragten Person wird abgesagt; der bleibende kann sie neu fragen.",
      other: "Den {n} gefragten Menschen wird abgesagt; der bleibende kann sie neu fragen.",
    },
  },
  "does.duplicate_danger": {
    when: "an engaged person of the one that closes is in_danger",
    en: "The report of danger goes with them: everybody on the one that stays is warned, and nobody more is asked.",
    de: "Die Gefahrenmeldung geht mit: alle beim bleibenden werden gewarnt, und niemand mehr wird gefragt.",
  },
  "does.duplicate_stays": {
    when: "{on} are engaged at the two together, {wanted} are wanted at the one that stays",
    en: "The one that stays then has {on} of {wanted}.",
    de: "Der bleibende hat dann {on} von {wanted}.",
  },
  "does.stay": {
    when: "{n} are on_scene",
    en: {
      one: "The one person on scene is not sent away.",
      other: "The {n} on scene are not sent away and finish by themselves.",
    },
    de: {
      one: "Die eine Person vor Ort wird nicht weggeschickt.",
      other: "Die {n} vor Ort werden nicht weggeschickt und beenden selbst.",
    },
  },
  "does.reports_stay": {
    when: "{n} have in_danger",
    en: {
      one: "A report of danger is open and goes on ringing.",
      other: "{n} reports of danger are open and go on ringing.",
    },
    de: {
      one: "Eine Gefahrenmeldung ist offen und klingelt weiter.",
      other: "{n} Gefahrenmeldungen sind offen und klingeln weiter.",
    },
  },
  "does.reopen": {
    when: "state = closed; scene is not unsafe and no alert has in_danger; {wanted}",
    en: "A new round begins: people are asked until {wanted} are coming. Those asked before may be asked again.",
    de: "Eine neue Runde beginnt: es wird gefragt, bis {wanted} kommen. Wer schon gefragt war, kann wieder gefragt werden.",
  },
  "does.reopen_danger": {
    when: "state = closed; scene = unsafe or somebody has in_danger",
    en: "It is open again, but nobody is asked until the scene is safe.",
    de: "Er ist wieder offen, aber niemand wird gefragt, bis die Einsatzstelle sicher ist.",
  },
  "does.reopen_there": {
    when: "state = closed; {n} are on_scene",
    en: { one: "The one person still there counts.", other: "The {n} still there count." },
    de: { one: "Die eine Person, die noch da ist, zählt.", other: "Die {n}, die noch da sind, zählen." },
  },
  "does.stand_down": {
    when: "the alert of {who} is open",
    en: "{who} is told not to come. Somebody else may be asked instead.",
    de: "{who} wird abgesagt. Dafür kann jemand anderes gefragt werden.",
  },
  "does.stand_down_there": {
    when: "the alert of {who} is on_scene",
    en: "{who} is told that they are not needed any more, and leaves.",
    de: "{who} erfährt, nicht mehr gebraucht zu werden, und geht.",
  },
  "does.correct": {
    when: "the alert of {who} is on_scene or finished in this round",
    en: "Puts {who} back to where they really stand. The log says who corrected it.",
    de: "Stellt richtig, wie weit {who} wirklich ist. Im Verlauf steht, wer es berichtigt hat.",
  },
} as const satisfies Table;

export type DoesId = keyof typeof DOES;
type Said = Sentence<DoesId>;
export const does = sayer(DOES);

/** Asked, and the answer may still come. */
const isRinging = ({ state }: AlertFacts) => ["queued", "sent", "received", "seen"].includes(state);

/** Nobody is asked at the moment, whatever the plan says. */
const isStill = ({ state, danger, override }: IncidentFacts) => state === "held" || (danger && !override);

/** Reasons to hold that a safe scene does not take away, as of now. */
export function heldOtherwise(incident: IncidentFacts, now: number, maxCallAgeS: number | null): string[] {
  const reasons = new Set(incident.held_reasons.filter((reason) => !reason.startsWith("scene_")));
  const { called_at, ems_eta_at } = incident;
  if (called_at && maxCallAgeS !== null && now - Date.parse(called_at) > maxCallAgeS * 1000)
    reasons.add("call_too_old");
  if (ems_eta_at && Date.parse(ems_eta_at) <= now) reasons.add("ems_due");
  return [...reasons];
}

/** `scene: safe`. `names` are those who have an open report. */
export function doesSafe(incident: IncidentFacts, otherwise: string[]): Said[] {
  const words: Said[] = [];
  if (incident.state === "held") {
    words.push(
      otherwise.length > 0
        ? does("does.safe_held", { held: otherwise })
        : does("does.safe_starts", { wanted: incident.wanted }),
    );
  } else if (incident.state === "covered") words.push(does("does.safe_covered"));
  else words.push(does(incident.override ? "does.safe_override" : "does.safe_alerting"));
  const n = incident.alerts.filter(isEngaged).length;
  if (n > 0 && incident.danger) words.push(does("does.all_clear", { n }));
  return words;
}

export function doesUnsafe(incident: IncidentFacts): Said[] {
  const n = incident.alerts.filter(isEngaged).length;
  return [n > 0 ? does("does.unsafe", { n }) : does("does.unsafe_nobody")];
}

/** Merge: one closes, another stays; `other` when it is not the incident that is looked at that closes. */
export function doesMerge(closes: IncidentFacts, stays: IncidentFacts, other: boolean): Said[] {
  const moving = closes.alerts.filter(isEngaged);
  const asked = closes.alerts.filter(isRinging).length;
  const on = stays.alerts.filter(isEngaged).length + moving.length;
  return [
    does(other ? "does.duplicate_other" : "does.duplicate"),
    ...(moving.length > 0 ? [does("does.duplicate_moves", { n: moving.length })] : []),
    ...(asked > 0 ? [does("does.duplicate_asked", { n: asked })] : []),
    ...(moving.some((one) => one.in_danger) ? [does("does.duplicate_danger")] : []),
    does("does.duplicate_stays", { on, wanted: stays.wanted }),
  ];
}

/** Which of two should stay: the one with more people on it, so that the fewest change over; else the older. */
export function shouldStay<One extends IncidentFacts>(one: One, other: One): One {
  const on = ({ alerts }: IncidentFacts) => alerts.filter(isEngaged).length;
  const more = on(one) - on(other);
  if (more !== 0) return more > 0 ? one : other;
  return one.opened_at <= other.opened_at ? one : other;
}

export function doesClose(incident: IncidentFacts): Said[] {
  const there = incident.alerts.filter(isThere).length;
  const told = incident.alerts.filter((one) => isRinging(one) || (isEngaged(one) && !isThere(one)));
  const reports = incident.alerts.filter((one) => one.in_danger).length;
  return [
    told.length > 0 ? does("does.close", { n: told.length }) : does("does.close_nobody"),
    ...(there > 0 ? [does("does.stay", { n: there })] : []),
    ...(reports > 0 ? [does("does.reports_stay", { n: reports })] : []),
  ];
}

export function doesReopen(incident: IncidentFacts): Said[] {
  const danger = incident.scene === "unsafe" || incident.alerts.some((one) => one.in_danger);
  const there = incident.alerts.filter(isThere).length;
  return [
    danger ? does("does.reopen_danger") : does("does.reopen", { wanted: incident.wanted }),
    ...(there > 0 ? [does("does.reopen_there", { n: there })] : []),
  ];
}

/** What the form would change. */
export interface Corrections {
  /** Another place; `far` when it is further away than the old one was uncertain. */
  place: "far" | "near" | null;
  /** `kept` when there is one that the form leaves as it is. */
  address: "changed" | "kept" | null;
  kind: boolean;
}

export function doesCorrections(incident: IncidentFacts, change: Corrections): Said[] {
  const words: Said[] = [];
  if (change.place) words.push(does(isStill(incident) ? "does.place_held" : "does.place"));
  if (change.place === "far" && change.address === "kept") words.push(does("does.address_doubtful"));
  if (change.kind) words.push(does("does.kind"));
  const n = incident.alerts.filter(isEngaged).length;
  if (n > 0 && (change.place || change.address === "changed")) words.push(does("does.place_told", { n }));
  return words;
}
