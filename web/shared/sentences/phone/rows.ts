// Everything that the phone says about an alert: on the lock screen, when it asks, on the way, and at the end.
import { sayer, type Table } from "../sentence.ts";

export const PHONE = {
  exercise: { when: "exercise", en: "EXERCISE · nobody is in need", de: "ÜBUNG · niemand ist in Not" },

  // the lock screen: what a push says by its type
  "notice.exercise": { when: "exercise", en: "EXERCISE", de: "ÜBUNG" },
  "notice.alert": {
    when: "a push of type alert",
    en: "You are asked to help near you",
    de: "Hilfe in Ihrer Nähe gesucht",
  },
  "notice.alert_body": {
    when: "a push of type alert",
    en: "Open to see how far, and to answer.",
    de: "Öffnen: wie weit es ist, und antworten.",
  },
  "notice.update": {
    when: "a push of type update",
    en: "News about your incident",
    de: "Neues zu Ihrem Einsatz",
  },
  "notice.update_body": {
    when: "a push of type update",
    en: "Open to read it.",
    de: "Öffnen, um es zu lesen.",
  },
  "notice.danger": { when: "a push of type danger", en: "DANGER: stay away", de: "GEFAHR: bleiben Sie fern" },
  "notice.danger_body": {
    when: "a push of type danger",
    en: "The scene is not safe. Open for what to do.",
    de: "Die Einsatzstelle ist nicht sicher. Öffnen: was zu tun ist.",
  },
  "notice.all_clear": {
    when: "a push of type update after one of danger; the server says all_clear_at and no danger",
    en: "The danger is over",
    de: "Die Gefahr ist vorbei",
  },
  "notice.all_clear_body": {
    when: "a push of type update after one of danger; the server says all_clear_at and no danger",
    en: "The control room says that the scene is safe. Open for what now.",
    de: "Die Leitstelle sagt, dass die Einsatzstelle sicher ist. Öffnen: wie es weitergeht.",
  },
  "notice.stand_down": {
    when: "a push of type stand_down",
    en: "No longer needed",
    de: "Nicht mehr gebraucht",
  },
  "notice.stand_down_body": {
    when: "a push of type stand_down",
    en: "You need not go on. Open to read why.",
    de: "Sie müssen nicht weiter. Öffnen, um zu lesen, warum.",
  },
  "notice.again": {
    when: "a push that was announced before, or is older than what was",
    en: "Nothing new about your incident",
    de: "Nichts Neues zu Ihrem Einsatz",
  },
  "notice.again_body": {
    when: "a push that was announced before, or is older than what was",
    en: "This phone has announced it before. Open to see how it stands.",
    de: "Dieses Telefon hat es schon gemeldet. Öffnen: wie es steht.",
  },

  // the ask
  "ask.real": {
    when: "asked, not late, no exercise, no danger or overridden",
    en: "Your help is needed",
    de: "Ihre Hilfe wird gebraucht",
  },
  "ask.late": {
    when: "asked, late, no exercise, no danger or overridden",
    en: "You are asked to help",
    de: "Sie werden um Hilfe gebeten",
  },
  "ask.exercise": {
    when: "asked, exercise",
    en: "Exercise: would you come?",
    de: "Übung: würden Sie kommen?",
  },
  "ask.stopped": {
    when: "asked, no exercise, danger and not overridden",
    en: "You were asked to help",
    de: "Sie wurden um Hilfe gebeten",
  },
  "ask.way": {
    when: "asked, position = live; eta_s and distance_m as asked",
    en: "away, about {distance_m}",
    de: "entfernt, etwa {distance_m}",
  },
  "ask.way_place": {
    when: "asked, position = place; eta_s and distance_m as asked",
    en: "from where you usually are now, about {distance_m}",
    de: "von dort, wo Sie jetzt meist sind, etwa {distance_m}",
  },
  "ask.answer_in": {
    when: "asked, not late; answer_by is {in_s} from now",
    en: "until others may be asked",
    de: "bis andere gefragt werden können",
  },
  "ask.welcome": {
    when: "asked, late",
    en: "Still welcome",
    de: "Weiterhin willkommen",
  },
  "ask.welcome_lead": {
    when: "asked, late",
    en: "as long as a place is free",
    de: "solange ein Platz frei ist",
  },
  "ask.danger": {
    when: "asked, danger and not overridden",
    en: "The scene is dangerous. Do not go there until the control room says otherwise.",
    de: "Die Einsatzstelle ist gefährlich. Gehen Sie nicht hin, bis die Leitstelle etwas anderes sagt.",
  },
  "ask.override": {
    when: "asked, overridden",
    en: "The scene is unsafe. The control room asks all the same: you decide.",
    de: "Die Einsatzstelle ist unsicher. Die Leitstelle fragt trotzdem: Sie entscheiden.",
  },
  "ask.accept": { when: "asked", en: "I am coming", de: "Ich komme" },
  "ask.sure": { when: "asked", en: "Yes, I am coming", de: "Ja, ich komme" },
  "ask.override_title": {
    when: "asked, overridden; the first yes was said",
    en: "The scene is unsafe. Come all the same?",
    de: "Die Einsatzstelle ist unsicher. Trotzdem kommen?",
  },
  "ask.override_yes": {
    when: "asked, overridden; the first yes was said",
    en: "Yes, although it is unsafe",
    de: "Ja, obwohl es unsicher ist",
  },

  // what fills the screen until it was read
  "stop.danger": {
    when: "open, danger and not overridden",
    en: "Danger: stay away",
    de: "Gefahr: bleiben Sie fern",
  },
  "stop.danger_lead": {
    when: "open, danger and not overridden",
    en: "The scene is not safe. Do not go in. If you are there, leave. Wait for the control room.",
    de: "Die Einsatzstelle ist nicht sicher. Gehen Sie nicht hinein. Wenn Sie dort sind, gehen Sie weg. Warten Sie auf die Leitstelle.",
  },
  "stop.all_clear": {
    when: "open, no danger and not overridden, all_clear_at",
    en: "The danger is over",
    de: "Die Gefahr ist vorbei",
  },
  "stop.all_clear_going": {
    when: "engaged, no danger and not overridden, all_clear_at",
    en: "The control room says that the scene is safe. You can go on.",
    de: "Die Leitstelle sagt, dass die Einsatzstelle sicher ist. Sie können weitermachen.",
  },
  "stop.all_clear_asked": {
    when: "asked, no danger and not overridden, all_clear_at",
    en: "The control room says that the scene is safe. You can still answer.",
    de: "Die Leitstelle sagt, dass die Einsatzstelle sicher ist. Sie können noch antworten.",
  },
  "stop.stand_down": {
    when: "stood_down or expired, after a yes",
    en: "No longer needed",
    de: "Nicht mehr gebraucht",
  },
  "stop.not_needed": {
    when: "stood_down, no yes before",
    en: "You are not needed",
    de: "Sie werden nicht gebraucht",
  },
  "stop.turn_back": {
    when: "stood_down or expired, after a yes, not called_elsewhere",
    en: "You can turn back. Thank you for going.",
    de: "Sie können umkehren. Danke, dass Sie unterwegs waren.",
  },
  "stop.nothing": {
    when: "stood_down or expired, no yes before",
    en: "You need not do anything.",
    de: "Sie müssen nichts tun.",
  },
  "stop.over": { when: "expired, no yes before", en: "This alert is over", de: "Dieser Alarm ist vorbei" },
  "stop.over_lead": {
    when: "expired, no yes before",
    en: "The time to answer has passed.",
    de: "Die Zeit zum Antworten ist um.",
  },

  // why it was stood down
  "because.enough_accepted": {
    when: "stood_down, ended_because = enough_accepted",
    en: "Enough others have said yes.",
    de: "Genug andere haben zugesagt.",
  },
  "because.ems_on_scene": {
    when: "stood_down, ended_because = incident_closed, outcome = ems_on_scene",
    en: "The ambulance is there.",
    de: "Der Rettungsdienst ist da.",
  },
  "because.stood_down": {
    when: "stood_down, ended_because = incident_closed, outcome = stood_down",
    en: "The control room needs no volunteers there.",
    de: "Die Leitstelle braucht dort keine Helfer.",
  },
  "because.completed": {
    when: "stood_down, ended_because = incident_closed, outcome = completed",
    en: "The incident is done.",
    de: "Der Einsatz ist erledigt.",
  },
  "because.false_alarm": {
    when: "stood_down, ended_because = incident_closed, outcome = false_alarm",
    en: "It was a false alarm.",
    de: "Es war ein Fehlalarm.",
  },
  "because.duplicate": {
    when: "stood_down, ended_because = incident_closed, outcome = duplicate",
    en: "It had been reported twice.",
    de: "Er war doppelt gemeldet.",
  },
  "because.expired": {
    when: "stood_down, ended_because = incident_closed, outcome = expired",
    en: "The incident was open for too long and has ended.",
    de: "Der Einsatz war zu lange offen und ist beendet.",
  },
  "because.closed": {
    when: "stood_down, ended_because = incident_closed, another outcome or none",
    en: "The incident is closed.",
    de: "Der Einsatz ist geschlossen.",
  },
  "because.place_moved": {
    when: "stood_down, ended_because = place_moved",
    en: "The place was moved and is too far from you.",
    de: "Der Ort wurde verlegt und ist zu weit von Ihnen weg.",
  },
  "because.called_elsewhere": {
    when: "stood_down, ended_because = called_elsewhere",
    en: "You were called to another incident.",
    de: "Sie wurden zu einem anderen Einsatz gerufen.",
  },
  "because.no_longer_eligible": {
    when: "stood_down, ended_because = no_longer_eligible",
    en: "Your organisation does not let you be asked at present. Ask them.",
    de: "Ihre Organisation lässt Sie zurzeit nicht alarmieren. Fragen Sie dort nach.",
  },
  "because.doubt_ended": {
    when: "stood_down, ended_because = doubt_ended",
    en: "You were asked in place of somebody who has been heard from again.",
    de: "Sie wurden für jemanden gefragt, von dem wieder eine Meldung kam.",
  },
  "because.by_desk": {
    when: "stood_down, ended_because = by_desk",
    en: "The control room has decided so.",
    de: "Die Leitstelle hat es so entschieden.",
  },

  // on it: how far
  "stage.accepted": { when: "they said yes and nothing since", en: "Accepted", de: "Zugesagt" },
  "stage.en_route": { when: "they said that they are on their way", en: "On the way", de: "Unterwegs" },
  "stage.on_scene": { when: "they said that they are there", en: "On scene", de: "Vor Ort" },
  "stage.with_patient": {
    when: "they said that they are with the patient",
    en: "With the patient",
    de: "Beim Patienten",
  },
  "stage.finished": { when: "they said that they are finished", en: "Finished", de: "Beendet" },
  "stage.sending": {
    when: "something that they said was not answered yet",
    en: "being sent",
    de: "wird gesendet",
  },
  "way.own": {
    when: "engaged, not there by their word; this phone's own position is {distance_m} from the place",
    en: "{distance_m} away",
    de: "{distance_m} entfernt",
  },
  "way.heard": {
    when: "engaged, not there by their word; no own position; position = live, position_at; distance_m",
    en: "{distance_m} away when last heard from",
    de: "{distance_m} entfernt, als zuletzt eine Position kam",
  },
  "way.asked": {
    when: "engaged, not there by their word; no own position; position is not place, position_at is null; distance_m",
    en: "{distance_m} away when you were asked",
    de: "{distance_m} entfernt, als Sie gefragt wurden",
  },
  "way.place": {
    when: "engaged, not there by their word; no own position; position = place; distance_m",
    en: "{distance_m} from where you usually are now",
    de: "{distance_m} von dort, wo Sie jetzt meist sind",
  },
  "near.title": {
    when: "engaged, not there by their word, no danger; own position at most 50 m away",
    en: "Are you there?",
    de: "Sind Sie da?",
  },
  "near.lead": {
    when: "engaged, not there by their word, no danger; own position {distance_m} away, at most 50 m",
    en: "Your phone is about {distance_m} from the place. You count as there only when you say so.",
    de: "Ihr Telefon ist etwa {distance_m} vom Ort entfernt. Als angekommen zählen Sie erst, wenn Sie es sagen.",
  },
  "still.title": {
    when: "engaged, still_going_asked",
    en: "Are you still going?",
    de: "Sind Sie noch dabei?",
  },
  "still.lead": {
    when: "engaged, still_going_asked",
    en: "The control room has not heard from you.",
    de: "Die Leitstelle hat nichts von Ihnen gehört.",
  },

  // on it: danger
  "danger.title": {
    when: "engaged, danger and not overridden",
    en: "The scene is dangerous",
    de: "Die Einsatzstelle ist gefährlich",
  },
  "danger.lead": {
    when: "engaged, danger and not overridden, no own report",
    en: "Stay away until the control room says otherwise.",
    de: "Bleiben Sie fern, bis die Leitstelle etwas anderes sagt.",
  },
  "danger.override": {
    when: "engaged, overridden",
    en: "The scene is unsafe. The control room knows it and sends people all the same.",
    de: "Die Einsatzstelle ist unsicher. Die Leitstelle weiß es und schickt trotzdem Helfer.",
  },
  "unsafe.sending": {
    when: "their report of danger was not answered yet",
    en: "Telling the control room that you are not safe …",
    de: "Die Leitstelle erfährt gerade, dass Sie in Gefahr sind …",
  },
  "unsafe.known": {
    when: "in_danger, no word of theirs about it waits",
    en: "The control room knows that you are not safe. Get out of danger.",
    de: "Die Leitstelle weiß, dass Sie in Gefahr sind. Bringen Sie sich in Sicherheit.",
  },
  "safe.sending": {
    when: "in_danger; their word that they are safe was not answered yet",
    en: "Telling the control room that you are safe …",
    de: "Die Leitstelle erfährt gerade, dass Sie in Sicherheit sind …",
  },

  // on it: what changed
  "update.moved": {
    when: "engaged, moved, address, not doubtful",
    en: "The place was moved. The address below is the one of the new place.",
    de: "Der Ort wurde verlegt. Die Adresse unten ist die des neuen Ortes.",
  },
  "update.moved_doubtful": {
    when: "engaged, moved, address, doubtful",
    en: "The place was moved. The address below is the one of the old place.",
    de: "Der Ort wurde verlegt. Die Adresse unten ist die des alten Ortes.",
  },
  "update.moved_alone": {
    when: "engaged, moved, no address",
    en: "The place was moved. There is no address: use the place below.",
    de: "Der Ort wurde verlegt. Es gibt keine Adresse: nehmen Sie den Ort unten.",
  },
  "update.merged": {
    when: "engaged, merged",
    en: "The emergency was reported twice. What stands below is from the other report.",
    de: "Der Notfall wurde zweimal gemeldet. Was unten steht, ist aus der anderen Meldung.",
  },
  "address.none": {
    when: "engaged, no address",
    en: "No address known. Use the place below.",
    de: "Keine Adresse bekannt. Nehmen Sie den Ort unten.",
  },
  "address.title": { when: "engaged, not doubtful", en: "Where", de: "Wo" },
  "address.title_old": {
    when: "engaged, doubtful",
    en: "Address of the old place",
    de: "Adresse des alten Ortes",
  },
  "place.new": { when: "engaged, doubtful", en: "The new place", de: "Der neue Ort" },
  "address.code": { when: "engaged, not doubtful", en: "Door code", de: "Türcode" },
  "address.code_old": {
    when: "engaged, doubtful",
    en: "Door code of the old address",
    de: "Türcode der alten Adresse",
  },
  "address.floor": { when: "engaged, not doubtful", en: "Floor", de: "Stockwerk" },
  "address.floor_old": {
    when: "engaged, doubtful",
    en: "Floor of the old address",
    de: "Stockwerk der alten Adresse",
  },
  "address.notes": { when: "engaged, not doubtful", en: "Note", de: "Hinweis" },
  "address.notes_old": {
    when: "engaged, doubtful",
    en: "Note on the old address",
    de: "Hinweis zur alten Adresse",
  },
  "address.grid": { when: "engaged, not doubtful", en: "Reference", de: "Raster" },
  "address.grid_old": {
    when: "engaged, doubtful",
    en: "Reference of the old address",
    de: "Raster der alten Adresse",
  },

  // what the server refused, by its word
  "refused.already_covered": {
    when: "refused with already_covered",
    en: "Enough others have said yes. Nobody else is needed now.",
    de: "Genug andere haben zugesagt. Mehr Helfer werden jetzt nicht gebraucht.",
  },
  "refused.incident_closed": {
    when: "refused with incident_closed",
    en: "The incident is closed.",
    de: "Der Einsatz ist geschlossen.",
  },
  "refused.already_engaged": {
    when: "refused with already_engaged",
    en: "You are on another incident.",
    de: "Sie sind bei einem anderen Einsatz.",
  },
  "refused.alert_ended": {
    when: "refused with alert_ended",
    en: "This alert is over.",
    de: "Dieser Alarm ist vorbei.",
  },
  "refused.alert_expired": {
    when: "refused with alert_expired",
    en: "The time of this alert is over.",
    de: "Die Zeit dieses Alarms ist um.",
  },
  "refused.not_accepted": {
    when: "refused with not_accepted",
    en: "This alert is not accepted.",
    de: "Dieser Alarm ist nicht angenommen.",
  },
  "refused.scene_unsafe": {
    when: "refused with scene_unsafe",
    en: "The scene has become unsafe: coming needs a second yes.",
    de: "Die Einsatzstelle ist jetzt unsicher: Kommen braucht ein zweites Ja.",
  },
} as const satisfies Table;

export type PhoneId = keyof typeof PHONE;
export const say = sayer(PHONE);
