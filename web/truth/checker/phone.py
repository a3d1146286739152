"""What the sentences of a phone claim, of the one person whose phone it is."""
from claims import says
from story import RINGING, SILENT, metres

# so near, by a position of their own, a phone asks whether its person is there, metres
NEAR_M = 50
# before a yes the distance is to the middle of an area, rounded up: by so much it may be another one
COARSE_M = 1630
STAGES = ("accepted", "en_route", "on_scene", "with_patient", "finished")
SAID = {"depart": "en_route", "arrive": "on_scene", "with-patient": "with_patient", "finish": "finished"}
OUTCOMES = ("ems_on_scene", "stood_down", "completed", "false_alarm", "duplicate", "expired")


def asked(s):
    return s.me.state in (*RINGING, *SILENT)


def going(s):
    return s.engaged(s.me)


def open_(s):
    return asked(s) or going(s)


def late(s):
    return s.me.state in SILENT or s.me.answer_by <= s.now + s.slack


def over(s):
    return s.me.state in ("stood_down", "expired")


def said(s, *verbs):
    return any(verb in s.phone["unsent"] for verb in verbs)


def stage(s):
    """How far they are by their word, also by one that is still on its way."""
    told = "with_patient" if s.me.state == "on_scene" and s.me.patient_at is not None else s.me.state
    all_of_them = [told, *(SAID[verb] for verb in s.phone["unsent"] if verb in SAID)]
    return max((one for one in all_of_them if one in STAGES), key=STAGES.index, default=None)


def on_the_way(s):
    return going(s) and stage(s) in ("accepted", "en_route")


def own(s):
    """How far this phone is from the place, by its own position."""
    return None if s.phone["own"] is None else metres(s.phone["own"], s.place)


def near(s):
    return on_the_way(s) and not s.stopped() and own(s) is not None and own(s) <= NEAR_M + 5


def safe_again(s):
    return s.me.cleared and not s.danger


def ended(*why):
    return lambda s: s.me.state == "stood_down" and s.me.because in why


def closed_as(outcome):
    return lambda s: ended("incident_closed")(s) and s.state == "closed" and s.outcome == outcome


def of_phone(en, de, test):
    says("phone", en, de)(test)


of_phone("EXERCISE · nobody is in need", "ÜBUNG · niemand ist in Not", lambda s: s.exercise)

# the question

of_phone("Your help is needed", "Ihre Hilfe wird gebraucht",
         lambda s: asked(s) and s.me.state not in SILENT and s.me.answer_by > s.now - s.slack and not s.stopped() and not s.exercise)
of_phone("You are asked to help", "Sie werden um Hilfe gebeten", lambda s: asked(s) and late(s) and not s.stopped() and not s.exercise)
of_phone("Exercise: would you come\\?", "Übung: würden Sie kommen\\?", lambda s: asked(s) and s.exercise)
of_phone("You were asked to help", "Sie wurden um Hilfe gebeten", lambda s: asked(s) and s.stopped() and not s.exercise)


def about(source):
    def is_so(s, m):
        coarse = m.holds(s.me.asked_m, COARSE_M)
        return asked(s) and s.me.source == source and coarse

    return is_so




def about_in(s, minutes, m):
    """The time to the middle of the same area."""
    soonest, latest = (max(0, s.me.asked_m + more) * 1.3 / 2.3 for more in (-COARSE_M, COARSE_M))
    return about(s.me.source)(s, m) and soonest - 60 <= minutes * 60 <= latest + 60


of_phone("{minutes} away, about {m}", "{minutes} entfernt, etwa {m}", about_in)
of_phone("away, about {m}", "entfernt, etwa {m}", about("live"))
of_phone("from where you usually are now, about {m}", "von dort, wo Sie jetzt meist sind, etwa {m}", about("place"))


def answer(s, countdown=None):
    left = s.me.answer_by - s.now
    told = countdown is None or abs(left - countdown) <= s.slack + 1
    return asked(s) and s.me.state not in SILENT and left > -s.slack and told


of_phone("(?:{countdown} )?until others may be asked", "(?:{countdown} )?bis andere gefragt werden können", answer)
of_phone("Still welcome", "Weiterhin willkommen", lambda s: asked(s) and late(s))
of_phone("as long as a place is free", "solange ein Platz frei ist", lambda s: asked(s) and late(s))
of_phone("The scene is dangerous\\. Do not go there until the control room says otherwise\\.",
         "Die Einsatzstelle ist gefährlich\\. Gehen Sie nicht hin, bis die Leitstelle etwas anderes sagt\\.",
         lambda s: asked(s) and s.stopped())
of_phone("The scene is unsafe\\. The control room asks all the same: you decide\\.",
         "Die Einsatzstelle ist unsicher\\. Die Leitstelle fragt trotzdem: Sie entscheiden\\.",
         lambda s: asked(s) and s.override is not None)
of_phone("I am coming", "Ich komme", asked)
of_phone("Yes, I am coming", "Ja, ich komme", asked)
of_phone("The scene is unsafe\\. Come all the same\\?", "Die Einsatzstelle ist unsicher\\. Trotzdem kommen\\?",
         lambda s: asked(s) and s.override is not None)
of_phone("Yes, although it is unsafe", "Ja, obwohl es unsicher ist", lambda s: asked(s) and s.override is not None)

# what fills the screen until it was read

of_phone("Danger: stay away", "Gefahr: bleiben Sie fern", lambda s: open_(s) and s.stopped())
of_phone("The scene is not safe\\. Do not go in\\. If you are there, leave\\. Wait for the control room\\.",
         "Die Einsatzstelle ist nicht sicher\\. Gehen Sie nicht hinein\\. Wenn Sie dort sind, gehen Sie weg\\. Warten Sie auf die Leitstelle\\.",
         lambda s: open_(s) and s.stopped())
of_phone("The danger is over", "Die Gefahr ist vorbei", lambda s: open_(s) and safe_again(s))
of_phone("The control room says that the scene is safe\\. You can go on\\.",
         "Die Leitstelle sagt, dass die Einsatzstelle sicher ist\\. Sie können weitermachen\\.",
         lambda s: going(s) and safe_again(s) and s.scene == "safe")
of_phone("The control room says that the scene is safe\\. You can still answer\\.",
         "Die Leitstelle sagt, dass die Einsatzstelle sicher ist\\. Sie können noch antworten\\.",
         lambda s: asked(s) and safe_again(s) and s.scene == "safe")
of_phone("No longer needed", "Nicht mehr gebraucht", lambda s: over(s) and s.me.yes_at is not None)
of_phone("You are not needed", "Sie werden nicht gebraucht", lambda s: over(s) and s.me.yes_at is None)
of_phone("You can turn back\\. Thank you for going\\.", "Sie können umkehren\\. Danke, dass Sie unterwegs waren\\.",
         lambda s: over(s) and s.me.yes_at is not None and s.me.because != "called_elsewhere")
of_phone("You need not do anything\\.", "Sie müssen nichts tun\\.", lambda s: over(s) and s.me.yes_at is None)
of_phone("This alert is over", "Dieser Alarm ist vorbei", lambda s: s.me.state == "expired" and s.me.yes_at is None)
of_phone("The time to answer has passed\\.", "Die Zeit zum Antworten ist um\\.",
         lambda s: s.me.state == "expired" and s.me.yes_at is None)

# why it ended

of_phone("Enough others have said yes\\.", "Genug andere haben zugesagt\\.", ended("enough_accepted"))
of_phone("The ambulance is there\\.", "Der Rettungsdienst ist da\\.", closed_as("ems_on_scene"))
of_phone("The control room needs no volunteers there\\.", "Die Leitstelle braucht dort keine Helfer\\.", closed_as("stood_down"))
of_phone("The incident is done\\.", "Der Einsatz ist erledigt\\.", closed_as("completed"))
of_phone("It was a false alarm\\.", "Es war ein Fehlalarm\\.", closed_as("false_alarm"))
of_phone("It had been reported twice\\.", "Er war doppelt gemeldet\\.", closed_as("duplicate"))
of_phone("The incident was open for too long and has ended\\.", "Der Einsatz war zu lange offen und ist beendet\\.", closed_as("expired"))
of_phone("The incident is closed\\.", "Der Einsatz ist geschlossen\\.",
         lambda s: s.state == "closed" and s.outcome not in OUTCOMES and ended("incident_closed")(s))
of_phone("The place was moved and is too far from you\\.", "Der Ort wurde verlegt und ist zu weit von Ihnen weg\\.",
         lambda s: ended("place_moved")(s) and s.moved)
of_phone("You were called to another incident\\.", "Sie wurden zu einem anderen Einsatz gerufen\\.", ended("called_elsewhere"))
of_phone("Your organisation does not let you be asked at present\\. Ask them\\.",
         "Ihre Organisation lässt Sie zurzeit nicht alarmieren\\. Fragen Sie dort nach\\.", ended("no_longer_eligible"))
of_phone("You were asked in place of somebody who has been heard from again\\.",
         "Sie wurden für jemanden gefragt, von dem wieder eine Meldung kam\\.", ended("doubt_ended"))
of_phone("The control room has decided so\\.", "Die Leitstelle hat es so entschieden\\.", ended("by_desk"))

# on it: how far

def as_asked(s, m):
    """No position came since the yes: it is as it was."""
    return on_the_way(s) and s.me.last(s.now) is None and s.far(m, s.me.asked_m)


for code, en, de in (
    ("accepted", "Accepted", "Zugesagt"), ("en_route", "On the way", "Unterwegs"), ("on_scene", "On scene", "Vor Ort"),
    ("with_patient", "With the patient", "Beim Patienten"), ("finished", "Finished", "Beendet"),
):
    of_phone(en, de, lambda s, code=code: going(s) and stage(s) == code)
of_phone("being sent", "wird gesendet", lambda s: bool(s.phone["unsent"]))
of_phone("{m} away", "{m} entfernt", lambda s, m: on_the_way(s) and own(s) is not None and m.holds(own(s), 6))
of_phone("{m} away when last heard from", "{m} entfernt, als zuletzt eine Position kam",
         lambda s, m: on_the_way(s) and s.away(m, s.me))
of_phone("{minutes}, {m} away when last heard from", "{minutes}, {m} entfernt, als zuletzt eine Position kam",
         lambda s, minutes, m: on_the_way(s) and s.away(m, s.me) and s.arrives(minutes, [s.me]))
of_phone("{m} away when you were asked", "{m} entfernt, als Sie gefragt wurden",
         lambda s, m: as_asked(s, m) and s.me.source != "place")
of_phone("{minutes}, {m} away when you were asked", "{minutes}, {m} entfernt, als Sie gefragt wurden",
         lambda s, minutes, m: as_asked(s, m) and s.me.source != "place" and s.within(minutes, s.me.asked_m * 1.3 / 2.3, s.me.asked_m * 1.3 / 2.3))
of_phone("{m} from where you usually are now", "{m} von dort, wo Sie jetzt meist sind",
         lambda s, m: as_asked(s, m) and s.me.source == "place")
of_phone("Are you there\\?", "Sind Sie da\\?", near)
of_phone("Your phone is about {m} from the place\\. You count as there only when you say so\\.",
         "Ihr Telefon ist etwa {m} vom Ort entfernt\\. Als angekommen zählen Sie erst, wenn Sie es sagen\\.",
         lambda s, m: near(s) and m.holds(own(s), 6))
of_phone("Are you still going\\?", "Sind Sie noch dabei\\?", lambda s: going(s) and s.me.doubt)
of_phone("The control room has not heard from you\\.", "Die Leitstelle hat nichts von Ihnen gehört\\.", lambda s: going(s) and s.me.doubt)

# on it: danger

of_phone("The scene is dangerous", "Die Einsatzstelle ist gefährlich", lambda s: going(s) and s.stopped())
of_phone("Stay away until the control room says otherwise\\.", "Bleiben Sie fern, bis die Leitstelle etwas anderes sagt\\.",
         lambda s: going(s) and s.stopped())
of_phone("The scene is unsafe\\. The control room knows it and sends people all the same\\.",
         "Die Einsatzstelle ist unsicher\\. Die Leitstelle weiß es und schickt trotzdem Helfer\\.",
         lambda s: going(s) and s.override is not None and s.scene == "unsafe")
of_phone("Telling the control room that you are not safe …", "Die Leitstelle erfährt gerade, dass Sie in Gefahr sind …",
         lambda s: said(s, "unsafe"))
of_phone("The control room knows that you are not safe\\. Get out of danger\\.",
         "Die Leitstelle weiß, dass Sie in Gefahr sind\\. Bringen Sie sich in Sicherheit\\.",
         lambda s: s.me.in_danger and not said(s, "unsafe", "safe"))
of_phone("Telling the control room that you are safe …", "Die Leitstelle erfährt gerade, dass Sie in Sicherheit sind …",
         lambda s: said(s, "safe"))

# on it: where


def lies(old):
    return lambda s: going(s) and bool(s.address) and s.doubtful_address == old


of_phone("The place was moved\\. The address below is the one of the new place\\.",
         "Der Ort wurde verlegt\\. Die Adresse unten ist die des neuen Ortes\\.", lambda s: s.moved and lies(False)(s))
of_phone("The place was moved\\. The address below is the one of the old place\\.",
         "Der Ort wurde verlegt\\. Die Adresse unten ist die des alten Ortes\\.", lambda s: s.moved and lies(True)(s))
of_phone("The place was moved\\. There is no address: use the place below\\.",
         "Der Ort wurde verlegt\\. Es gibt keine Adresse: nehmen Sie den Ort unten\\.", lambda s: s.moved and going(s) and not s.address)
of_phone("The emergency was reported twice\\. What stands below is from the other report\\.",
         "Der Notfall wurde zweimal gemeldet\\. Was unten steht, ist aus der anderen Meldung\\.", lambda s: going(s) and s.me.merged)
of_phone("No address known\\. Use the place below\\.", "Keine Adresse bekannt\\. Nehmen Sie den Ort unten\\.",
         lambda s: going(s) and not s.address)
of_phone("The new place", "Der neue Ort", lambda s: going(s) and s.doubtful_address and s.moved)


def part(name, old):
    """The name of a part of the address, with the part where it stands beside it."""
    def is_so(s, rest=""):
        told = s.address.get(name) if s.address else None
        return going(s) and s.doubtful_address == old and (not rest or rest == told)

    return is_so


for name, new_en, new_de, old_en, old_de in (
    ("line", "Where", "Wo", "Address of the old place", "Adresse des alten Ortes"),
    ("entry_code", "Door code", "Türcode", "Door code of the old address", "Türcode der alten Adresse"),
    ("floor", "Floor", "Stockwerk", "Floor of the old address", "Stockwerk der alten Adresse"),
    ("notes", "Note", "Hinweis", "Note on the old address", "Hinweis zur alten Adresse"),
    ("grid", "Reference", "Raster", "Reference of the old address", "Raster der alten Adresse"),
):
    of_phone(f"{new_en}(?:: {{rest}})?", f"{new_de}(?:: {{rest}})?", part(name, False))
    of_phone(f"{old_en}(?:: {{rest}})?", f"{old_de}(?:: {{rest}})?", part(name, True))

# what the server refused

of_phone("refused: Enough others have said yes\\. Nobody else is needed now\\.",
         "refused: Genug andere haben zugesagt\\. Mehr Helfer werden jetzt nicht gebraucht\\.", lambda s: asked(s) and s.state == "covered")
of_phone("refused: The incident is closed\\.", "refused: Der Einsatz ist geschlossen\\.", lambda s: s.state == "closed")
of_phone("refused: You are on another incident\\.", "refused: Sie sind bei einem anderen Einsatz\\.", lambda s: s.phone["elsewhere"])
of_phone("refused: This alert is over\\.", "refused: Dieser Alarm ist vorbei\\.", lambda s: not open_(s))
of_phone("refused: The time of this alert is over\\.", "refused: Die Zeit dieses Alarms ist um\\.", lambda s: s.me.state == "expired")
of_phone("refused: This alert is not accepted\\.", "refused: Dieser Alarm ist nicht angenommen\\.", lambda s: not going(s))
of_phone("refused: The scene has become unsafe: coming needs a second yes\\.",
         "refused: Die Einsatzstelle ist jetzt unsicher: Kommen braucht ein zweites Ja\\.", lambda s: asked(s) and s.scene == "unsafe")

# on the lock screen: of the push that came last


def of_push(en, de, test):
    of_phone(f"notice: {en}", f"notice: {de}", test)


of_push("EXERCISE", "ÜBUNG", lambda s: s.exercise)
of_push("You are asked to help near you", "Hilfe in Ihrer Nähe gesucht", asked)
of_push("Open to see how far, and to answer\\.", "Öffnen: wie weit es ist, und antworten\\.", asked)
of_push("News about your incident", "Neues zu Ihrem Einsatz", lambda s: going(s) and s.me.told > s.me.shown)
of_push("Open to read it\\.", "Öffnen, um es zu lesen\\.", lambda s: going(s) and s.me.told > s.me.shown)
of_push("DANGER: stay away", "GEFAHR: bleiben Sie fern", lambda s: open_(s) and s.stopped())
of_push("The scene is not safe\\. Open for what to do\\.", "Die Einsatzstelle ist nicht sicher\\. Öffnen: was zu tun ist\\.",
        lambda s: open_(s) and s.stopped())
of_push("The danger is over", "Die Gefahr ist vorbei", lambda s: open_(s) and safe_again(s))
of_push("The control room says that the scene is safe\\. Open for what now\\.",
        "Die Leitstelle sagt, dass die Einsatzstelle sicher ist\\. Öffnen: wie es weitergeht\\.", lambda s: safe_again(s) and s.scene == "safe")
of_push("No longer needed", "Nicht mehr gebraucht", over)
of_push("You need not go on\\. Open to read why\\.", "Sie müssen nicht weiter\\. Öffnen, um zu lesen, warum\\.", over)
of_push("Nothing new about your incident", "Nichts Neues zu Ihrem Einsatz", lambda s: s.me.told <= s.me.shown)
of_push("This phone has announced it before\\. Open to see how it stands\\.",
        "Dieses Telefon hat es schon gemeldet\\. Öffnen: wie es steht\\.", lambda s: s.me.told <= s.me.shown)
