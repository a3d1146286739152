// Which rows the phone shows, from what it knows. Pure; each face of the page has one function.
import type { Sentence } from "../sentence.ts";
import {
  isAsked,
  isDanger,
  isEngaged,
  isLate,
  isNear,
  isOpen,
  isOverridden,
  isSafe,
  type PhoneFacts,
  type Stage,
  stageOf,
} from "./facts.ts";
import { PHONE, type PhoneId, say } from "./rows.ts";

export type Said = Sentence<PhoneId>;

/** Above everything of an exercise. */
export const band = ({ exercise }: PhoneFacts): Said | null => (exercise ? say("exercise") : null);

/** The question, how far it is, and until when nobody else is asked. */
export interface AskWords {
  title: Said;
  way: Said;
  /** With `in_s` while somebody else is still to be asked. */
  answer: Said;
  answerLead: Said | null;
  note: Said | null;
  accept: Said;
  sure: Said;
  /** The second question and the second yes, where the scene is unsafe. */
  again: { title: Said; yes: Said } | null;
}

export function askWords(facts: PhoneFacts): AskWords {
  const late = isLate(facts);
  const title = facts.exercise
    ? "ask.exercise"
    : isDanger(facts)
      ? "ask.stopped"
      : late
        ? "ask.late"
        : "ask.real";
  return {
    title: say(title),
    way: say(facts.position === "place" ? "ask.way_place" : "ask.way", { distance_m: facts.distance_m }),
    answer: late ? say("ask.welcome") : say("ask.answer_in", { in_s: facts.answer_in_s }),
    answerLead: late ? say("ask.welcome_lead") : null,
    note: isDanger(facts) ? say("ask.danger") : isOverridden(facts) ? say("ask.override") : null,
    accept: say("ask.accept"),
    sure: say("ask.sure"),
    again: isOverridden(facts) ? { title: say("ask.override_title"), yes: say("ask.override_yes") } : null,
  };
}

export interface StopWords {
  title: Said;
  lead: Said[];
}

/** What must not be missed; null when nothing of it is true any more. */
export function stopWords(facts: PhoneFacts): StopWords | null {
  const { notice, engaged } = facts;
  if (notice === "danger" && isOpen(facts) && isDanger(facts))
    return { title: say("stop.danger"), lead: [say("stop.danger_lead")] };
  if (notice === "all_clear" && isOpen(facts) && isSafe(facts) && facts.all_clear) {
    const lead = isEngaged(facts) ? "stop.all_clear_going" : "stop.all_clear_asked";
    return { title: say("stop.all_clear"), lead: [say(lead)] };
  }
  if (notice === "stand_down" && ["stood_down", "expired"].includes(facts.state)) {
    const why = because(facts);
    const next = !engaged
      ? [say("stop.nothing")]
      : facts.ended_because === "called_elsewhere"
        ? []
        : [say("stop.turn_back")];
    return {
      title: say(engaged ? "stop.stand_down" : "stop.not_needed"),
      lead: [...(why ? [why] : []), ...next],
    };
  }
  if (notice === "over" && facts.state === "expired" && !engaged)
    return { title: say("stop.over"), lead: [say("stop.over_lead"), say("stop.nothing")] };
  return null;
}

/** Why it was stood down, if the server said so. */
function because({ state, ended_because, outcome }: PhoneFacts): Said | null {
  if (state !== "stood_down") return null;
  if (ended_because === "incident_closed") {
    const known = `because.${outcome}`;
    return say(OUTCOMES.includes(outcome) ? (known as "because.completed") : "because.closed");
  }
  const known = `because.${ended_because}`;
  return REASONS.includes(ended_because) ? say(known as "because.by_desk") : null;
}

const OUTCOMES = ["ems_on_scene", "stood_down", "completed", "false_alarm", "duplicate", "expired"];
const REASONS = [
  "enough_accepted",
  "place_moved",
  "called_elsewhere",
  "no_longer_eligible",
  "doubt_ended",
  "by_desk",
];

export interface EngagedWords {
  stage: Said;
  sending: Said | null;
  way: Said | null;
  danger: { title: Said; lead: Said | null } | null;
  /** Their own report of danger, and what is on its way about it. */
  report: Said | null;
  override: Said | null;
  moved: Said | null;
  merged: Said | null;
  near: { title: Said; lead: Said } | null;
  still: { title: Said; lead: Said } | null;
}

export function engagedWords(facts: PhoneFacts): EngagedWords {
  const stage = stageOf(facts);
  const own = facts.in_danger || facts.unsent.includes("unsafe");
  return {
    stage: say(`stage.${stage}`),
    sending: facts.unsent.length > 0 ? say("stage.sending") : null,
    way: way(facts, stage),
    danger: isDanger(facts) ? { title: say("danger.title"), lead: own ? null : say("danger.lead") } : null,
    report: report(facts),
    override: isOverridden(facts) ? say("danger.override") : null,
    moved: moved(facts),
    merged: facts.merged ? say("update.merged") : null,
    near:
      isNear(facts) && facts.own_m !== null
        ? { title: say("near.title"), lead: say("near.lead", { distance_m: facts.own_m }) }
        : null,
    still: facts.still_going_asked ? { title: say("still.title"), lead: say("still.lead") } : null,
  };
}

/** How far it is: by this phone's own position before the server's, and none for who is there. */
function way({ own_m, position, position_at, distance_m }: PhoneFacts, stage: Stage): Said | null {
  if (stage !== "accepted" && stage !== "en_route") return null;
  if (own_m !== null) return say("way.own", { distance_m: own_m });
  if (position === "place") return say("way.place", { distance_m });
  return say(position_at ? "way.heard" : "way.asked", { distance_m });
}

/** What the control room knows of this responder's own danger. */
export function report({ in_danger, unsent }: PhoneFacts): Said | null {
  // said last counts: a report goes ahead of an older word that they are safe
  if (unsent.includes("unsafe") && !unsent.includes("safe")) return say("unsafe.sending");
  if (unsent.includes("safe")) return say("safe.sending");
  return in_danger ? say("unsafe.known") : null;
}

function moved({ moved: is, address, doubtful }: PhoneFacts): Said | null {
  if (!is) return null;
  if (!address) return say("update.moved_alone");
  return say(doubtful ? "update.moved_doubtful" : "update.moved");
}

/** The parts of an address that have a name. */
export const PARTS = ["title", "code", "floor", "notes", "grid"] as const;

/** What a part of the address is called: never that of the old place as if it were the new one's. */
export const addressWord = (part: (typeof PARTS)[number], { doubtful }: PhoneFacts): Said =>
  say(doubtful ? `address.${part}_old` : `address.${part}`);

/** What stands above the way to a place that the address does not belong to. */
export const newPlace = ({ doubtful }: PhoneFacts): Said | null => (doubtful ? say("place.new") : null);

/** Where there is no address. */
export const noAddress = (): Said => say("address.none");

/** What the server said no to; null for a word that is of no alert. */
export function refusedWord(code: string): Said | null {
  const id = `refused.${code}`;
  return id in PHONE ? say(id as "refused.alert_ended") : null;
}

/** What stands on the lock screen for a push. */
export type NoticeKind = "alert" | "update" | "danger" | "all_clear" | "stand_down" | "again";

export const noticeWords = (kind: NoticeKind): { title: Said; body: Said } => ({
  title: say(`notice.${kind}`),
  body: say(`notice.${kind}_body`),
});

export const noticeExercise = (): Said => say("notice.exercise");

/** Everything that the face of these facts says, for a walk over all of them. */
export function everything(facts: PhoneFacts): Said[] {
  const stop = stopWords(facts);
  const face = isAsked(facts) ? askWords(facts) : isEngaged(facts) ? engagedWords(facts) : {};
  const address = isEngaged(facts)
    ? facts.address
      ? PARTS.map((part) => addressWord(part, facts))
      : [noAddress()]
    : [];
  const place = isEngaged(facts) ? newPlace(facts) : null;
  return [...flat([band(facts), stop, face, report(facts), place]), ...address];
}

function flat(value: unknown): Said[] {
  if (!value || typeof value !== "object") return [];
  if ("id" in value) return [value as Said];
  return Object.values(value).flatMap(flat);
}
