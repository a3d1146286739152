// Everything that the desk says about how an incident stands. What its actions will do is in `does.ts`, what has
// happened in `log.ts`.
import { sayer, type Table } from "../sentence.ts";

export const DESK = {
  // what a call handler tells the caller
  "first.danger": {
    when: "{n} alerts have in_danger",
    en: { one: "A responder is in danger", other: "{n} responders are in danger" },
    de: { one: "Ein Helfer ist in Gefahr", other: "{n} Helfer sind in Gefahr" },
  },
  "first.unsafe": {
    when: "scene = unsafe, override = null, state is not held or closed",
    en: "Scene unsafe: nobody more is asked",
    de: "Einsatzstelle unsicher: niemand wird mehr gefragt",
  },
  "first.unsafe_override": {
    when: "scene = unsafe, override is not null, state is not held or closed",
    en: "Scene unsafe, people are sent all the same",
    de: "Einsatzstelle unsicher, trotzdem werden Helfer geschickt",
  },
  "first.stopped": {
    when: "danger, scene is not unsafe, no alert has in_danger, override = null, state is not held or closed",
    en: "There was danger: nobody more is asked",
    de: "Es gab Gefahr: niemand wird mehr gefragt",
  },
  "first.held": {
    when: "state = held; held_reasons are {held}",
    en: "Waits for you: {held}",
    de: "Wartet auf Sie: {held}",
  },
  "first.closed": {
    when: "state = closed; outcome = {outcome}",
    en: "Closed: {outcome}",
    de: "Geschlossen: {outcome}",
  },
  "first.still_there": {
    when: "state = closed; {n} alerts are on_scene",
    en: { one: "One is still there", other: "{n} are still there" },
    de: { one: "Eine Person ist noch da", other: "{n} sind noch da" },
  },
  "first.there": {
    when: "{n} alerts are on_scene, with the best skills {skill}",
    en: { one: "One is there{skill}", other: "{n} are there{skill}" },
    de: { one: "Eine Person ist da{skill}", other: "{n} sind da{skill}" },
  },
  "first.at_address": {
    when: "{n} alerts are accepted or en_route with presence = at_address",
    en: { one: "One is at the address, not confirmed", other: "{n} are at the address, not confirmed" },
    de: {
      one: "Eine Person ist an der Adresse, nicht bestätigt",
      other: "{n} sind an der Adresse, nicht bestätigt",
    },
  },
  "first.way": {
    when: "nobody is on_scene; {n} are coming, have left and are not at_address; of those whose position_at is at most 60 s old, the first has eta_s and best skill {skill}",
    en: {
      one: "One is on the way, there {eta_s}{skill}",
      other: "{n} are on the way, the first there {eta_s}{skill}",
    },
    de: {
      one: "Eine Person ist unterwegs, {eta_s} da{skill}",
      other: "{n} sind unterwegs, die erste {eta_s} da{skill}",
    },
  },
  "first.more_way": {
    when: "somebody is on_scene; {n} are coming, have left and are not at_address; the first as in first.way",
    en: { one: "One more on the way, there {eta_s}", other: "{n} more on the way, the next there {eta_s}" },
    de: { one: "Eine weitere unterwegs, {eta_s} da", other: "{n} weitere unterwegs, die nächste {eta_s} da" },
  },
  "first.way_old": {
    when: "{n} are coming, have left and are not at_address; the newest position_at of them is {age_s} old, more than 60 s",
    en: {
      one: "One is on the way, position {age_s} old",
      other: "{n} are on the way, newest position {age_s} old",
    },
    de: {
      one: "Eine Person ist unterwegs, Position {age_s} alt",
      other: "{n} sind unterwegs, neueste Position {age_s} alt",
    },
  },
  "first.way_blind": {
    when: "{n} are coming, have left and are not at_address; none of them has a position_at",
    en: {
      one: "One is on the way, no position since the yes",
      other: "{n} are on the way, no position since their yes",
    },
    de: {
      one: "Eine Person ist unterwegs, keine Position seit der Zusage",
      other: "{n} sind unterwegs, keine Position seit der Zusage",
    },
  },
  "first.none_left": {
    when: "{n} are coming; none has left or is at_address; each has a position_at at most 60 s old",
    en: { one: "One said yes and has not left yet", other: "{n} said yes, none has left yet" },
    de: {
      one: "Eine Person hat zugesagt und ist noch nicht los",
      other: "{n} haben zugesagt, niemand ist schon los",
    },
  },
  "first.no_position": {
    when: "{n} are coming; none has left or is at_address; none has a position_at",
    en: { one: "One said yes, no position since", other: "{n} said yes, no position since" },
    de: {
      one: "Eine Person hat zugesagt, seitdem keine Position",
      other: "{n} haben zugesagt, seitdem keine Position",
    },
  },
  "first.none_known": {
    when: "{n} are coming; none has left or is at_address; some positions are missing or older than 60 s",
    en: { one: "One said yes, not known to have left", other: "{n} said yes, none is known to have left" },
    de: {
      one: "Eine Person hat zugesagt, ob sie los ist, ist nicht bekannt",
      other: "{n} haben zugesagt, ob jemand los ist, ist nicht bekannt",
    },
  },
  "first.more_said": {
    when: "somebody is on_scene, at_address or has left; {n} more are coming and have not left",
    en: { one: "One more said yes", other: "{n} more said yes" },
    de: { one: "Eine weitere hat zugesagt", other: "{n} weitere haben zugesagt" },
  },
  "first.finished": {
    when: "nobody is coming or on_scene; {n} finished in this round, none with a reason",
    en: { one: "One has finished, nobody else is coming", other: "{n} have finished, nobody else is coming" },
    de: { one: "Eine Person ist fertig, sonst kommt niemand", other: "{n} sind fertig, sonst kommt niemand" },
  },
  "first.finished_because": {
    when: "nobody is coming or on_scene; {n} finished in this round; the reasons given are {finish}",
    en: {
      one: "One has finished ({finish}), nobody else is coming",
      other: "{n} have finished ({finish}), nobody else is coming",
    },
    de: {
      one: "Eine Person ist fertig ({finish}), sonst kommt niemand",
      other: "{n} sind fertig ({finish}), sonst kommt niemand",
    },
  },
  "first.exhausted": {
    when: "state = exhausted; nobody is coming or on_scene, nobody finished in this round; exhausted_reason is not max_asked or no_replacement",
    en: "Nobody is coming: nobody is left to ask",
    de: "Niemand kommt: niemand ist mehr zu fragen",
  },
  "first.max_asked": {
    when: "state = exhausted with exhausted_reason = max_asked; nobody is coming or on_scene, nobody finished in this round",
    en: "Nobody is coming: as many were asked as the plan allows",
    de: "Niemand kommt: so viele wurden gefragt, wie der Plan erlaubt",
  },
  "first.no_replacement": {
    when: "state = exhausted with exhausted_reason = no_replacement; nobody is coming or on_scene, nobody finished in this round",
    en: "Nobody is coming: the plan asks nobody in place of those who said no or nothing",
    de: "Niemand kommt: der Plan fragt keinen Ersatz für Absagen und Schweigen",
  },
  "first.nobody_yet": {
    when: "state = alerting, no danger; nobody is coming or on_scene, nobody finished in this round; alerting_since is {age_s} ago",
    en: "Nobody is coming yet · {age_s}",
    de: "Noch kommt niemand · {age_s}",
  },
  "first.nobody": {
    when: "nobody is coming or on_scene, nobody finished in this round; none of the sentences before it",
    en: "Nobody is coming",
    de: "Niemand kommt",
  },

  // what comes next by itself
  "state.override": {
    when: "override is not null; override.by = {who}, override.at = {since_at}; not closed",
    en: "Unsafe scene overridden by {who} at {since_at}",
    de: "Trotz unsicherer Einsatzstelle, durch {who} um {since_at}",
  },
  "state.held": {
    when: "state = held",
    en: "Nobody is asked while it waits",
    de: "Niemand wird gefragt, solange er wartet",
  },
  "state.stopped": {
    when: "danger, override = null, state is not held or closed",
    en: "No wave goes out until the scene is safe",
    de: "Keine Welle, bis die Einsatzstelle sicher ist",
  },
  "state.next": {
    when: "next is not null; next.radius_m = {radius_m}; next.at is {in_s} from now",
    en: "Next: {radius_m} in {in_s}",
    de: "Als Nächstes: {radius_m} in {in_s}",
  },
  "state.next_due": {
    when: "next is not null; next.radius_m = {radius_m}; next.at is over",
    en: "Next: {radius_m}, due now",
    de: "Als Nächstes: {radius_m}, jetzt fällig",
  },
  "state.ringing": {
    when: "ringing less those with push_waiting = {n}",
    en: { one: "One is ringing", other: "{n} are ringing" },
    de: { one: "Bei einer Person klingelt es", other: "Bei {n} klingelt es" },
  },
  "state.last_ringing": {
    when: "state = alerting, no danger or overridden; next = null; ringing less those with push_waiting = {n}",
    en: {
      one: "No more to ask for now, one still ringing",
      other: "No more to ask for now, {n} still ringing",
    },
    de: {
      one: "Zurzeit niemand mehr zu fragen, bei einer Person klingelt es noch",
      other: "Zurzeit niemand mehr zu fragen, bei {n} klingelt es noch",
    },
  },
  "state.push_waiting": {
    when: "{n} alerts have push_waiting",
    en: { one: "One alert waits for a push provider", other: "{n} alerts wait for a push provider" },
    de: {
      one: "Ein Alarm wartet auf einen Push-Anbieter",
      other: "{n} Alarme warten auf einen Push-Anbieter",
    },
  },
  "state.nobody_in_reach": {
    when: "state = exhausted with exhausted_reason = nobody_in_reach",
    en: "Nobody more in reach; whoever comes into reach is asked",
    de: "Niemand mehr in Reichweite; wer in Reichweite kommt, wird gefragt",
  },
  "state.max_asked": {
    when: "state = exhausted with exhausted_reason = max_asked",
    en: "Nobody more is asked: the plan's most were asked",
    de: "Niemand wird mehr gefragt: so viele, wie der Plan erlaubt, sind gefragt",
  },
  "state.no_replacement": {
    when: "state = exhausted with exhausted_reason = no_replacement",
    en: "Nobody more is asked: the plan replaces nobody",
    de: "Niemand wird mehr gefragt: der Plan ersetzt niemanden",
  },
  "state.covered": {
    when: "state = covered, next = null, nobody engaged is doubtful, no danger or overridden",
    en: "Enough have said yes: nobody more is asked",
    de: "Genug haben zugesagt: niemand wird mehr gefragt",
  },
  "state.doubt": {
    when: "{n} engaged are doubtful; state = covered",
    en: { one: "One who said yes is not heard from", other: "{n} who said yes are not heard from" },
    de: { one: "Von einer Zusage kommt keine Meldung", other: "Von {n} Zusagen kommt keine Meldung" },
  },
  "state.not_needed": {
    when: "not closed or held; nobody engaged; somebody finished in this round with ems_took_over or not_needed; nobody is asked",
    en: "It was said that nobody is needed any more: it can be closed",
    de: "Es wurde gemeldet, dass niemand mehr gebraucht wird: er kann geschlossen werden",
  },
  "state.not_needed_asks": {
    when: "the same, but state = alerting, no danger or overridden",
    en: "It was said that nobody is needed any more: others are asked until it is closed",
    de: "Es wurde gemeldet, dass niemand mehr gebraucht wird: bis er geschlossen ist, werden andere gefragt",
  },

  // titles of alarms
  "alarm.danger": {
    when: "{n} alerts have in_danger",
    en: { one: "A responder is in danger", other: "{n} responders are in danger" },
    de: { one: "Ein Helfer ist in Gefahr", other: "{n} Helfer sind in Gefahr" },
  },
  "alarm.unsafe": { when: "scene = unsafe", en: "The scene is unsafe", de: "Einsatzstelle unsicher" },
  "alarm.nobody_coming": {
    when: "nobody is coming or on_scene",
    en: "Nobody is coming",
    de: "Niemand kommt",
  },
  "alarm.exhausted": {
    when: "state = exhausted; exhausted_reason is not max_asked or no_replacement",
    en: "Nobody is left to ask",
    de: "Niemand mehr zu fragen",
  },
  "alarm.max_asked": {
    when: "state = exhausted with exhausted_reason = max_asked",
    en: "The plan allows nobody more to be asked",
    de: "Der Plan erlaubt nicht, mehr zu fragen",
  },
  "alarm.no_replacement": {
    when: "state = exhausted with exhausted_reason = no_replacement",
    en: "The plan asks no replacement",
    de: "Der Plan fragt keinen Ersatz",
  },
  "alarm.left": {
    when: "{n} finished in this round with finish_reason no_access or had_to_leave: {finish}",
    en: {
      one: "One has gone without handing over ({finish})",
      other: "{n} have gone without handing over ({finish})",
    },
    de: {
      one: "Eine Person ist ohne Übergabe weg ({finish})",
      other: "{n} sind ohne Übergabe weg ({finish})",
    },
  },
  "alarm.left_withdrawn": {
    when: "the server says the alarm left; nobody finished in this round with no_access or had_to_leave",
    en: "Somebody has gone without handing over",
    de: "Jemand ist ohne Übergabe weg",
  },
  "alarm.unreachable": {
    when: "{n} alerts have push_waiting",
    en: {
      one: "No provider takes the push of one alert",
      other: "No provider takes the pushes of {n} alerts",
    },
    de: {
      one: "Kein Anbieter nimmt den Push eines Alarms an",
      other: "Kein Anbieter nimmt die Pushes von {n} Alarmen an",
    },
  },

  // one person of those who said yes
  "lane.danger": {
    when: "in_danger; danger_at = {since_at}",
    en: "in danger since {since_at}",
    de: "in Gefahr seit {since_at}",
  },
  "lane.danger_now": { when: "in_danger; danger_at is null", en: "in danger", de: "in Gefahr" },
  "lane.silent": {
    when: "doubtful and not at_address or on_scene; heard_at = {since_at}",
    en: "not heard from since {since_at}",
    de: "keine Meldung seit {since_at}",
  },
  "lane.silent_ever": {
    when: "doubtful and not at_address or on_scene; heard_at is null",
    en: "not heard from",
    de: "keine Meldung",
  },
  "lane.there": { when: "state = on_scene", en: "there", de: "da" },
  "lane.with_patient": {
    when: "state = on_scene; with_patient_at = {since_at}",
    en: "with the patient since {since_at}",
    de: "beim Patienten seit {since_at}",
  },
  "lane.was_with_patient": {
    when: "state is not on_scene; with_patient_at = {since_at}",
    en: "reached the patient at {since_at}",
    de: "um {since_at} beim Patienten",
  },
  "lane.at_address": {
    when: "state is accepted or en_route; presence = at_address",
    en: "at the address, not confirmed",
    de: "an der Adresse, nicht bestätigt",
  },
  "lane.eta": {
    when: "state is accepted or en_route; left; position_at at most 60 s old; not at_address; eta_s",
    en: "{eta_s}",
    de: "{eta_s}",
  },
  "lane.away": {
    when: "state is accepted or en_route; position_at is not null; distance_m",
    en: "{distance_m} away",
    de: "{distance_m} entfernt",
  },
  "lane.not_left": {
    when: "state is accepted or en_route; not left; position_at at most 60 s old; not at_address",
    en: "not left yet",
    de: "noch nicht los",
  },
  "lane.not_known_left": {
    when: "state is accepted or en_route; not left; position_at older than 60 s; not at_address",
    en: "not known to have left",
    de: "nicht bekannt, ob los",
  },
  "lane.on_way": {
    when: "state is accepted or en_route; left; position_at null or older than 60 s; not at_address",
    en: "on the way",
    de: "unterwegs",
  },
  "lane.no_position": {
    when: "state is accepted or en_route; position_at is null",
    en: "no position since the yes",
    de: "keine Position seit der Zusage",
  },
  "lane.old": {
    when: "state is accepted or en_route; position_at is {age_s} old, more than 30 s",
    en: "position {age_s} old",
    de: "Position {age_s} alt",
  },
  "lane.push_waiting": {
    when: "push_waiting",
    en: "no provider takes the push",
    de: "kein Anbieter nimmt den Push an",
  },
  "lane.finished": {
    when: "state = finished; finish_reason is null",
    en: "finished",
    de: "fertig",
  },
  "lane.finished_because": {
    when: "state = finished; finish_reason = {finish}",
    en: "finished: {finish}",
    de: "fertig: {finish}",
  },
  "lane.merged": {
    when: "state = stood_down; stood_down_because = merged",
    en: "goes on with the other report",
    de: "macht beim anderen Einsatz weiter",
  },
  "lane.stood_down": {
    when: "state = stood_down; stood_down_because = {stood_down}, not merged",
    en: "not needed: {stood_down}",
    de: "nicht gebraucht: {stood_down}",
  },

  // who has not seen what they were told, by name, and everybody who was asked
  "told.update": {
    when: "{n} responders are, in their last alert, engaged with confirmed_version older than told_version; {who} are the first of them",
    en: {
      one: "Has not seen the last change yet: {who}",
      other: "{n} have not seen the last change yet: {who}",
    },
    de: {
      one: "Hat die letzte Änderung noch nicht gesehen: {who}",
      other: "{n} haben die letzte Änderung noch nicht gesehen: {who}",
    },
  },
  "told.stand_down": {
    when: "{n} responders are, in their last alert, stood_down with confirmed_version older than told_version; {who} are the first of them",
    en: {
      one: "Told to stop, and has not seen it yet: {who}",
      other: "{n} told to stop who have not seen it yet: {who}",
    },
    de: {
      one: "Abgesagt, und hat es noch nicht gesehen: {who}",
      other: "{n} abgesagt, die es noch nicht gesehen haben: {who}",
    },
  },
  "told.unseen": {
    when: "the alert's confirmed_version is older than its told_version",
    en: "not seen",
    de: "nicht gesehen",
  },
  "asked.all": {
    when: "{n} responders have alerts",
    en: { one: "One person asked", other: "{n} people asked" },
    de: { one: "Eine Person gefragt", other: "{n} Menschen gefragt" },
  },

  // what is said of one person who was asked
  "person.asked": {
    when: "the alert's role is {role}, the best skill {skill}",
    en: "asked for {role}{skill}",
    de: "gefragt für {role}{skill}",
  },
  "person.about": {
    when: "not engaged; position = live; distance_m and fix_age_s are as of the asking",
    en: "about {distance_m} away when asked, position {age_s} old",
    de: "etwa {distance_m} entfernt bei der Anfrage, Position {age_s} alt",
  },
  "person.about_place": {
    when: "not engaged; position = place; distance_m is as of the asking",
    en: "about {distance_m} away when asked, by hours, not live",
    de: "etwa {distance_m} entfernt bei der Anfrage, nach Zeiten, nicht live",
  },

  // the ambulance, and everybody in one line
  "ambulance.eta": {
    when: "not closed; ems_eta_at is {eta_s} from now",
    en: "{eta_s}",
    de: "{eta_s}",
  },
  "ambulance.due": {
    when: "not closed; ems_eta_at = {since_at} is over",
    en: "due since {since_at}",
    de: "fällig seit {since_at}",
  },
  "figures.all": {
    when: "{there} are on_scene, {coming} are accepted or en_route, {wanted} are wanted",
    en: "{there} there, {coming} said yes, {wanted} wanted",
    de: "{there} da, {coming} zugesagt, {wanted} gewünscht",
  },

  // an address that belongs to an earlier place
  "address.doubtful": {
    when: "address.doubtful",
    en: "The place was moved: this is the address of the old one",
    de: "Der Ort wurde verlegt: das ist die Adresse des alten",
  },
  "address.place": {
    when: "address.doubtful; its line, or else its place_name, is {line}",
    en: "{line} (address of the old place)",
    de: "{line} (Adresse des alten Ortes)",
  },
  "address.line": { when: "address.doubtful and it has a line", en: "Old address", de: "Alte Adresse" },
  "address.place_name": {
    when: "address.doubtful and it has a place_name",
    en: "Building of the old address",
    de: "Gebäude der alten Adresse",
  },
  "address.floor": {
    when: "address.doubtful and it has a floor",
    en: "Floor of the old address",
    de: "Stockwerk der alten Adresse",
  },
  "address.entry_code": {
    when: "address.doubtful and it has an entry_code",
    en: "Door code of the old address",
    de: "Türcode der alten Adresse",
  },
  "address.notes": {
    when: "address.doubtful and it has notes",
    en: "How to find the old address",
    de: "Wie man die alte Adresse findet",
  },
  "address.grid": {
    when: "address.doubtful and it has a grid",
    en: "Grid of the old address",
    de: "Raster der alten Adresse",
  },
} as const satisfies Table;

export type DeskId = keyof typeof DESK;
export const say = sayer(DESK);
