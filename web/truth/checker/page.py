"""What stands around the sentences of both pages: what is known of the call, who did it, how the line is."""
from datetime import datetime

from claims import says
from story import metres, seconds

# what a phone calls the part that somebody is asked to take
TASKS = {
    "cpr": ("Resuscitate", "Wiederbeleben"), "aed": ("Fetch a defibrillator", "Defibrillator holen"),
    "clinician": ("Treat", "Behandeln"), "guide": ("Guide the ambulance", "Rettungsdienst einweisen"),
}
PASSED = {
    "already_asked": ("was asked before", "wurde schon gefragt"), "others_nearer": ("others were nearer", "andere waren näher"),
    "not_verified": ("was not verified, or was suspended", "war nicht geprüft oder gesperrt"),
    "off_duty": ("was off duty", "war nicht in Bereitschaft"),
    "no_device": ("had no phone that a push reaches", "hatte kein Telefon, das ein Push erreicht"),
    "engaged": ("was asked or on the way elsewhere", "war anderswo gefragt oder im Einsatz"),
    "no_exercises": ("takes no part in exercises", "macht keine Übungen mit"),
    "push_waits": ("no provider took a push for them", "kein Anbieter nahm einen Push an"),
}
ACTORS = {"coordinator": ("coordinator", "Koordination"), "call_handler": ("call handler", "Leitstelle")}


def both(en, de, test):
    """Stands on the desk as on a phone."""
    for about in ("desk", "phone"):
        says(about, en, de)(test)


def of_desk(en, de, test):
    says("desk", en, de)(test)


def of_phone(en, de, test):
    says("phone", en, de)(test)


# what is known of the call


def address(name, doubtful=False):
    return lambda s, rest: bool(s.address) and s.address.get(name) == rest and s.doubtful_address == doubtful


def same_second(told, at):
    return at is not None and 0 <= at - told < 1


of_desk("fact: Raised: {instant}", "fact: Gemeldet: {instant}", lambda s, instant: same_second(instant, s.opened_at))
of_desk("fact: Closed: {instant}", "fact: Geschlossen: {instant}",
        lambda s, instant: s.state == "closed" and same_second(instant, s.closed_at))
of_desk("fact: Ambulance expected: {instant}", "fact: Rettungsdienst erwartet: {instant}",
        lambda s, instant: s.ems_at is not None and same_second(instant, seconds(s.ems_at)))
of_desk("fact: What happened: {kind}", "fact: Was ist geschehen: {kind}", lambda s, kind: kind == s.kind)
for name, en, de, old_en, old_de in (
    ("line", "Where", "Wo", "Old address", "Alte Adresse"),
    ("floor", "Floor", "Stockwerk", "Floor of the old address", "Stockwerk der alten Adresse"),
    ("entry_code", "Door code", "Türcode", "Door code of the old address", "Türcode der alten Adresse"),
    ("notes", "How to find it", "Wie man es findet", "How to find the old address", "Wie man die alte Adresse findet"),
):
    of_desk(f"fact: {en}: {{rest}}", f"fact: {de}: {{rest}}", address(name))
    of_desk(f"fact: {old_en}: {{rest}}", f"fact: {old_de}: {{rest}}", address(name, True))


def lies_at(s, rest):
    lat, lon = (float(part) for part in rest.split(" ±")[0].split(", "))
    return metres({"lat": lat, "lon": lon}, s.place) < 2


of_desk("fact: Coordinates: {rest}", "fact: Koordinaten: {rest}", lies_at)
for code, en, de in (("safe", "Safe", "Sicher"), ("unknown", "Not known", "Unbekannt"), ("unsafe", "Unsafe", "Unsicher")):
    of_desk(f"fact: Scene: {en}", f"fact: Einsatzstelle: {de}", 
            lambda s, code=code: s.scene == code and (code == "unsafe" or not s.danger))
of_desk("fact: Scene: Danger reported", "fact: Einsatzstelle: Gefahr gemeldet", lambda s: s.danger and s.scene != "unsafe")
of_desk("fact: Last message: {rest}", "fact: Letzte Nachricht: {rest}", lambda s, rest: s.message == rest)
of_desk("fact: Plan: {rest}", "fact: Plan: {rest}", lambda s, rest: rest == f"{s.plan['id']} v{s.plan['version']}")
of_phone("kind: {kind}(?: · {rest})?", "kind: {kind}(?: · {rest})?", lambda s, kind, rest=None: kind == s.kind and rest in (None, s.message))
of_phone("message: {rest}", "message: {rest}", lambda s, rest: s.message == rest)
for code, (en, de) in TASKS.items():
    of_phone(f"task: (?:Your task: )?{en}", f"task: (?:Ihre Aufgabe: )?{de}", lambda s, code=code: s.me.role == code)


def elapsed(s, countdown):
    begun = seconds(s.called_at) if s.called_at else s.opened_at
    return abs(s.now - begun - countdown) <= s.slack + 1


of_desk("elapsed: {countdown}", "elapsed: {countdown}", elapsed)

# who was asked, and who was not


def launched(s, wave, m=None):
    """A wave of this round, and how far it looked."""
    since = max((n for n, item in enumerate(s.log) if item["type"] == "reopened"), default=0)
    waves = [item["detail"] for item in s.log[since:] if item["type"] == "wave_launched" and item["detail"]["wave"] == wave]
    return bool(waves) and (m is None or m.holds(waves[0]["radius_m"], 1))


@says("desk", "heading: (?:Wave|Round {n}, wave) {wave}(?: within {m})?", "heading: (?:Welle|Runde {n}, Welle) {wave}(?: im Umkreis von {m})?")
def heading(s, wave, n=1, m=None):
    return n <= s.round and (n < s.round or launched(s, wave, m))


of_desk("heading: On it before, or came with another report", "heading: Schon vorher dabei oder durch eine andere Meldung gekommen",
        lambda s: any(person.unasked for person in s.people.values()))


def passed(code):
    def is_so(s, who, m):
        people = [one for item in s.log if item["type"] == "passed_over" for one in item["detail"]["people"]]

        def is_it(one):
            why = one["why"]["barred"] if isinstance(one["why"], dict) else one["why"]
            return why == code and s.names.get(one["responder_id"], one["responder_id"]) == who and m.holds(one["distance_m"], 1)

        return any(is_it(one) for one in people)

    return is_so


for code, (en, de) in PASSED.items():
    of_desk(f"passed: {{who}} · {{m}} · {en}", f"passed: {{who}} · {{m}} · {de}", passed(code))
of_desk("passed: (?:One|{n}) in reach (?:was|were) not asked", "passed: (?:Eine Person|{n}) in Reichweite (?:wurde|wurden) nicht gefragt",
        lambda s, n=1: any(item["type"] == "passed_over" for item in s.log))
says("person", "name: {rest}", "name: {rest}")(lambda s, p, rest: s.names.get(p.who, p.who) == rest)

says("person", "skill: {skill}", "skill: {skill}")(lambda s, p, skill: skill == p.best())

# who did it


def by(test):
    def is_so(s, at, **told):
        return any(datetime.fromtimestamp(seconds(item["at"])).strftime("%H:%M:%S") == at and test(s, item["actor"], **told) for item in s.log)

    return is_so


says("log", "by: by the clock", "by: durch die Uhr")(by(lambda s, actor: actor["role"] == "timer"))
says("log", "by: by the push provider", "by: durch den Push-Anbieter")(by(lambda s, actor: actor["role"] == "provider"))
for role, (en, de) in ACTORS.items():
    says("log", f"by: {{who}}, {en}", f"by: {{who}}, {de}")(
        by(lambda s, actor, who, role=role: actor["role"] == role and s.names.get(actor["subject"], actor["subject"]) == who))
of_desk(r"heard: acknowledged by {by} at \d\d:\d\d:\d\d", r"heard: quittiert von {by} um \d\d:\d\d:\d\d",
        lambda s, by: any(item["type"] == "acknowledged" and item["detail"]["by"] == by for item in s.log))

says("log", "quote: {rest}", "quote: {rest}")(lambda s, at, rest: any(
    datetime.fromtimestamp(seconds(item["at"])).strftime("%H:%M:%S") == at and item.get("text") == rest for item in s.log))

# what a phone has not shown before

of_phone("news: New from the control room", "news: Neu von der Leitstelle", lambda s: s.behind(s.me))
of_phone("news: From the control room", "news: Von der Leitstelle", lambda s: bool(s.message) or s.moved or s.me.merged)

# another one for the same call

of_desk("duplicate: Closed as a duplicate of {rest}", "duplicate: Geschlossen, doppelt zu {rest}",
        lambda s, rest: s.outcome == "duplicate" and s.state == "closed" and rest in s.others)
of_desk("duplicate: May be the same call as this one: {rest}", "duplicate: Vielleicht derselbe Notruf wie dieser: {rest}",
        lambda s, rest: s.state != "closed" and rest in s.others)

# the line


def cut(s, age=None):
    """Since it was cut; that it is, is seen within seconds."""
    return s.cut_s is not None and (age is None or abs(s.cut_s - age[0]) <= s.slack + 2)


both("line: Live", "line: Live", lambda s: s.cut_s is None or s.cut_s < 8)
of_desk("line: Nothing heard for {age}", "line: Seit {age} nichts gehört", cut)
of_desk("line: What you see is as old as that\\. The desk tries again by itself\\.",
        "line: Was Sie sehen, ist so alt\\. Das Pult versucht es von selbst weiter\\.", cut)
of_phone("line: No connection\\. What you see may be old\\.", "line: Keine Verbindung\\. Was Sie sehen, kann veraltet sein\\.", cut)
# of what was heard last: before the line was cut, by the time between two signs of life at most
of_phone("line: {age}", "line: {age}", lambda s, age: s.cut_s is not None and -s.slack <= age[0] - s.cut_s <= 30 + s.slack)
of_phone("line: (?:One answer waits|{n} answers wait) to be sent\\.", "line: (?:Eine Antwort wartet|{n} Antworten warten) auf das Netz\\.",
         lambda s, n=1: len(s.phone["unsent"]) == n)
of_phone("home: nobody asks", "home: nobody asks", lambda s: s.me.state not in ("queued", "sent", "received", "seen", "accepted", "en_route", "on_scene"))
