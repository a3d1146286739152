"""Says of each sentence that the desk shows whether it is true.

Reads lines of JSON: an incident's log, the positions that its people sent, the place, an instant, and the English
sentences shown then. Knows nothing of the server's or the page's code: what an event means, and what decision 6 says
follows from it, is written here once more. Prints for each line the sentences that are false, and why."""
import json
import math
import re
import sys
from datetime import datetime

RINGING, YES = ("queued", "sent", "received", "seen"), ("accepted", "en_route")
HELD = {
    "the scene is unsafe": "scene_unsafe", "is the scene safe?": "scene_not_cleared", "the call is old": "call_too_old",
    "the ambulance should be there": "ems_due", "the patient is very young": "patient_too_young",
    "the plan asks a person first": "plan_holds",
}
FINISH = {
    "the ambulance took over": "ems_took_over", "not needed": "not_needed", "could not get in": "no_access",
    "had to leave": "had_to_leave", "not heard from any more": "silent",
}
STOOD_DOWN = {
    "enough others are coming": "enough_accepted", "the incident was closed": "incident_closed",
    "the place moved out of reach": "place_moved", "called elsewhere": "called_elsewhere",
    "suspended or left": "no_longer_eligible", "whom they stood in for was heard from": "doubt_ended",
    "the desk said so": "by_desk",
}
OUTCOME = {
    "the ambulance is there": "ems_on_scene", "volunteers are not needed": "stood_down", "done": "completed",
    "false alarm": "false_alarm", "duplicate": "duplicate", "open for too long": "expired",
}
BEST = ["doctor", "paramedic", "nurse", "emt", "firefighter", "police", "first_aid", "bls"]
SKILL = {"basic life support": "bls", "first aid": "first_aid", "EMT": "emt"}
ROLE = {"CPR": "cpr", "an AED": "aed", "care": "clinician", "guiding the ambulance": "guide"}
# an instant passes between the server's answer and the look at it
SLACK_S = 3


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def metres(a, b):
    lat = math.radians((a["lat"] + b["lat"]) / 2)
    return math.hypot(math.radians(a["lat"] - b["lat"]), math.radians(a["lon"] - b["lon"]) * math.cos(lat)) * 6371008.8


class Person:
    def __init__(self, alert, fixes):
        self.id, self.who, self.role, self.skills = alert["id"], alert["responder_id"], alert["role"], alert["skills"]
        self.asked_m, self.fix_age_s, self.source = alert["distance_m"], alert["fix_age_s"], alert.get("position", "live")
        self.state, self.fixes = "queued", fixes.get(alert["responder_id"], [])
        self.yes_at = self.heard_at = self.danger_at = self.patient_at = self.why = self.because = None
        self.doubt = self.in_danger = self.near = False
        self.shown, self.sent_home = 0, None
        self.round = 1

    def last(self, now):
        """The last position since the yes."""
        if self.yes_at is None:
            return None
        since = [fix for fix in self.fixes if self.yes_at <= seconds(fix["at"]) <= now]
        return max(since, key=lambda fix: fix["at"], default=None)

    def age(self, now):
        fix = self.last(now)
        return None if fix is None else now - seconds(fix["at"])


class Story:
    """What the log tells, up to its end."""

    def __init__(self, case):
        self.now, self.place, self.fixes = seconds(case["now"]), case["place"], case["fixes"]
        self.people, self.override, self.exhausted, self.outcome = {}, None, None, None
        self.wave, self.round, self.doubtful_address = 0, 1, False
        for item in case["log"]:
            self.version = item["version"]
            self.take(item["type"], item.get("detail", {}), item.get("alert_id"), seconds(item["at"]))

    def take(self, kind, detail, alert_id, at):
        one = self.people.get(alert_id)
        if kind == "raised":
            opening = detail["opening"]
            self.plan, self.scene, self.danger = opening["plan"], opening["scene"], opening["scene"] == "unsafe"
            self.called_at, self.ems_at, self.age = (opening.get(name) for name in ("called_at", "ems_eta_at", "patient_age_y"))
            self.held = self.reasons(at)
            self.state, self.since = ("held", None) if self.held else ("alerting", at)
            self.counts_from = self.since
        elif kind == "released":
            self.state, self.since, self.counts_from, self.held = "alerting", at, at, []
            self.override = (detail["override_by"], at) if detail.get("override_by") else None
        elif kind == "still_held":
            self.held = detail["reasons"]
        elif kind == "wave_launched":
            self.wave = detail["wave"]
        elif kind == "wave_empty":
            waves = self.plan["waves"]
            if detail["wave"] < len(waves):
                self.counts_from = at - waves[detail["wave"]]["after_s"]
        elif kind == "alerted":
            self.people[detail["alert"]["id"]] = person = Person(detail["alert"], self.fixes)
            person.round = self.round
            self.state = "alerting" if self.state == "exhausted" else self.state
        elif kind == "exhausted":
            self.state, self.exhausted = "exhausted", detail.get("why", "nobody_in_reach")
        elif kind in ("covered", "uncovered"):
            self.state = "covered" if kind == "covered" else "alerting"
        elif kind == "scene_changed":
            self.scene = detail["scene"]
            if self.scene == "unsafe":
                self.danger, self.override = True, None
            elif self.scene == "safe":
                self.danger, self.override = False, None
                for person in self.people.values():
                    person.in_danger = False
        elif kind == "moved":
            self.doubtful_address = self.doubtful_address or detail.get("address_doubtful", False)
            for moved in detail["distances"]:
                self.people[moved["alert_id"]].asked_m = moved["distance_m"]
        elif kind in ("address_changed", "address_removed", "address_confirmed"):
            self.doubtful_address = False
        elif kind == "ems_eta_changed":
            self.ems_at = detail.get("at")
        elif kind == "kind_changed":
            self.plan = detail["plan"]
        elif kind == "closed":
            self.state, self.outcome = "closed", detail["outcome"]
        elif kind == "reopened":
            self.state, self.since, self.counts_from, self.wave, self.override = "alerting", at, at, 0, None
            self.round += 1
            self.danger = self.scene == "unsafe" or any(person.in_danger for person in self.people.values())
            for person in self.people.values():
                if person.state in (*YES, "on_scene"):
                    person.round = self.round
        elif one is not None:
            self.happens(one, kind, detail, at)

    def happens(self, one, kind, detail, at):
        states = {
            "declined": "declined", "withdrawn": "withdrawn", "lapsed": "lapsed", "unreachable": "unreachable",
            "expired": "expired", "accepted": "accepted", "departed": "en_route", "arrived": "on_scene",
            "finished": "finished", "stood_down": "stood_down",
        }
        if kind in ("sent", "received", "seen") and one.state in RINGING:
            one.state = max(one.state, kind, key=RINGING.index)
        one.state = states.get(kind, one.state)
        if kind == "accepted":
            one.yes_at = at
        if kind == "finished":
            one.why = detail.get("why")
        if kind == "stood_down":
            one.because, one.sent_home = detail["why"], self.version
        if kind == "confirmed":
            one.shown = max(one.shown, detail["shown"])
        if kind == "corrected":
            one.state, one.why = detail["to"], None
            one.patient_at = one.patient_at if detail["to"] == "on_scene" else None
        if kind == "reached_patient":
            one.patient_at = at
        if kind in ("at_address", "left_address"):
            one.near = kind == "at_address"
        if kind in ("arrived", "finished", "withdrawn", "stood_down"):
            one.near = False
        if kind == "still_going_asked":
            one.doubt = True
        if kind == "danger_reported":
            one.in_danger, one.danger_at, self.danger, self.override = True, at, True, None
        if kind == "danger_ended":
            one.in_danger = False
        if kind in ("accepted", "departed", "arrived", "reached_patient", "finished", "corrected", "danger_reported", "danger_ended"):
            one.heard_at, one.doubt = at, False
        if kind == "heard":
            one.heard_at, one.doubt = max(at if "heard_at" not in detail else seconds(detail["heard_at"]), one.heard_at or 0), False

    def reasons(self, at):
        found = []
        if self.plan.get("hold"):
            found.append("plan_holds")
        if self.scene == "unsafe":
            found.append("scene_unsafe")
        elif self.scene not in self.plan["scene"]:
            found.append("scene_not_cleared")
        if self.called_at and at - seconds(self.called_at) > self.plan["max_call_age_s"]:
            found.append("call_too_old")
        least = self.plan.get("min_patient_age_y")
        if least is not None and self.age is not None and self.age < least:
            found.append("patient_too_young")
        return found

    # who counts as what

    def count(self, test):
        return sum(1 for person in self.people.values() if test(person))

    def coming(self, one):
        return one.state in YES

    def there(self, one):
        return one.state == "on_scene"

    def at_address(self, one):
        return self.coming(one) and one.near

    def left(self, one):
        if not self.coming(one) or one.state == "en_route":
            return self.coming(one)
        fix = one.last(self.now)
        nearer = fix is not None and one.source == "live" and one.asked_m - metres(fix, self.place)
        return bool(fix) and nearer is not False and nearer > max(50, fix["accuracy_m"])

    def gone(self, one):
        return self.left(one) and not one.near

    def waits(self, one):
        return self.coming(one) and not self.left(one) and not one.near

    def recent(self, one, slack=0):
        age = one.age(self.now)
        return age is not None and age <= 60 + slack

    def eta(self, one):
        """On foot at 2.3 m/s along streets that are longer than the straight line by 1.3."""
        fix = one.last(self.now)
        way = metres(fix, self.place) * 1.3 / 2.3
        return max(0, way - (one.age(self.now) if self.left(one) else 0)), way

    def promised(self):
        return [one for one in self.people.values() if self.gone(one) and self.recent(one, SLACK_S)]

    def done(self):
        return [one for one in self.people.values() if one.state == "finished" and one.round == self.round]

    def stopped(self):
        return self.danger and self.override is None

    def open(self):
        return self.state not in ("held", "closed")

    def ringing(self):
        return self.count(lambda one: one.state in RINGING)

    def empty(self):
        return self.count(lambda one: self.coming(one) or self.there(one)) == 0

    def next(self):
        number = self.wave + 1
        asked = self.count(lambda one: one.round == self.round)
        if self.counts_from is None or number > len(self.plan["waves"]) or asked >= self.plan["max_asked"]:
            return None
        wave = self.plan["waves"][number - 1]
        return wave["radius_m"], self.counts_from + wave["after_s"]


def number(word):
    return 1 if word in ("One", "A responder", "one") else int(re.sub(r"\D", "", word))


def same_clock(text, at):
    shown = [datetime.fromtimestamp(at + slack).strftime("%H:%M") for slack in (-SLACK_S, 0, SLACK_S)]
    return text in shown


def length(text):
    value, unit = text.split(" ")
    return float(value.replace(",", "")) * (1000 if unit == "km" else 1)


def near_length(text, value):
    told = length(text)
    return abs(told - value) <= (60 if text.endswith("km") else 6)


def near_age(text, value):
    told, unit = text.split(" ")
    size = {"s": 1, "min": 60, "h": 3600}[unit]
    return -SLACK_S <= value - int(told) * size <= size + SLACK_S


def arrives(text, story, people):
    """Whether the first of these is there then, as far as their positions say."""
    if not people:
        return False
    soonest = min(story.eta(one)[0] for one in people)
    latest = min(story.eta(one)[1] for one in people)
    told = 1 if text == "within a minute" else int(re.search(r"\d+", text).group())
    return math.ceil((soonest - SLACK_S) / 60) <= told <= max(1, math.ceil((latest + SLACK_S) / 60))


def skills(text, people):
    best = {next((skill for skill in BEST if skill in one.skills), None) for one in people}
    told = {SKILL.get(word, word) for word in text.strip(" ()").split(", ")} if text else {None}
    return told == best


def words(text, table):
    return sorted(table.get(word, word) for word in text.split(", "))


N = r"(One|\d+)"
ETA = r"(in \d+ min|within a minute)"
AGE = r"(\d+ (?:s|min|h))"
CLAIMS = []


def claim(pattern):
    def keep(function):
        CLAIMS.append((re.compile(f"^{pattern}$"), function))
        return function
    return keep


def all_of(one_test):
    """A claim that exactly so many people are so."""
    return lambda story, n: story.count(lambda one: one_test(story, one)) == number(n)


claim(r"(A responder) is in danger")(all_of(lambda s, p: p.in_danger))
claim(r"(\d+) responders are in danger")(all_of(lambda s, p: p.in_danger))
claim("Scene unsafe: nobody more is asked")(lambda s: s.open() and s.scene == "unsafe" and s.override is None)
claim("Scene unsafe, people are sent all the same")(lambda s: s.open() and s.scene == "unsafe" and s.override is not None)
claim("There was danger: nobody more is asked")(lambda s: s.open() and s.stopped() and s.scene != "unsafe" and s.count(lambda p: p.in_danger) == 0)
claim("Waits for you: (.+)")(lambda s, why: s.state == "held" and words(why, HELD) == sorted(s.held))
claim("Closed: (.+)")(lambda s, how: s.state == "closed" and OUTCOME.get(how) == s.outcome)
claim(rf"{N} (?:is|are) still there")(lambda s, n: s.state == "closed" and s.count(s.there) == number(n))
claim(rf"{N} (?:is|are) there( \(.+\))?")(lambda s, n, can: s.count(s.there) == number(n) and skills(can, [p for p in s.people.values() if s.there(p)]))
claim(rf"{N} (?:is|are) at the address, not confirmed")(lambda s, n: s.count(s.at_address) == number(n))


@claim(rf"{N} (?:is|are) on the way, (?:the first )?there {ETA}( \(.+\))?")
def way(story, n, when, can):
    first = min(story.promised(), key=lambda one: story.eta(one)[0], default=None)
    right = first is not None and (skills(can, [first]) or len(story.promised()) > 1)
    return right and story.count(story.there) == 0 and story.count(story.gone) == number(n) and arrives(when, story, story.promised())


claim(rf"{N} more on the way, (?:the next )?there {ETA}")(lambda s, n, when: s.count(s.there) > 0 and s.count(s.gone) == number(n) and arrives(when, s, s.promised()))


@claim(rf"{N} (?:is|are) on the way, (?:newest )?position {AGE} old")
def way_old(story, n, old):
    ages = [one.age(story.now) for one in story.people.values() if story.gone(one) and one.last(story.now)]
    return story.count(story.gone) == number(n) and bool(ages) and min(ages) > 60 - SLACK_S and near_age(old, min(ages))


claim(rf"{N} (?:is|are) on the way, no position since (?:the|their) yes")(lambda s, n: s.count(s.gone) == number(n) and s.count(lambda p: s.gone(p) and p.last(s.now)) == 0)
claim(rf"{N} said yes(?: and has not left yet|, none has left yet)")(lambda s, n: s.count(s.coming) == number(n) == s.count(lambda p: s.waits(p) and s.recent(p, SLACK_S)))
claim(rf"{N} said yes, no position since")(lambda s, n: s.count(s.coming) == number(n) == s.count(s.waits) and s.count(lambda p: s.coming(p) and p.last(s.now)) == 0)
claim(rf"{N} said yes, (?:not|none is) known to have left")(lambda s, n: s.count(s.coming) == number(n) == s.count(s.waits) and s.count(lambda p: s.waits(p) and not s.recent(p, -SLACK_S)) > 0)
claim(rf"{N} more said yes")(lambda s, n: s.count(s.waits) == number(n) < s.count(lambda p: s.coming(p) or s.there(p)))
claim(rf"{N} (?:has|have) finished, nobody else is coming")(lambda s, n: s.empty() and len(s.done()) == number(n) and not any(p.why for p in s.done()))
claim(rf"{N} (?:has|have) finished \((.+)\), nobody else is coming")(lambda s, n, why: s.empty() and len(s.done()) == number(n) and words(why, FINISH) == sorted({p.why for p in s.done() if p.why}))
claim("Nobody is coming: nobody is left to ask")(lambda s: s.empty() and not s.done() and s.state == "exhausted" and s.exhausted == "nobody_in_reach")
claim("Nobody is coming: as many were asked as the plan allows")(lambda s: s.empty() and not s.done() and s.state == "exhausted" and s.exhausted == "max_asked")
claim("Nobody is coming: the plan asks nobody in place of those who said no or nothing")(lambda s: s.empty() and not s.done() and s.state == "exhausted" and s.exhausted == "no_replacement")
claim(rf"Nobody is coming yet · {AGE}")(lambda s, old: s.empty() and not s.done() and s.state == "alerting" and not s.stopped() and near_age(old, s.now - s.since))
claim("Nobody is coming")(lambda s: s.empty() and not s.done() and s.open())

claim(r"Unsafe scene overridden by (.+) at (\d\d:\d\d)")(lambda s, who, at: s.override is not None and s.override[0] == who and same_clock(at, s.override[1]))
claim("Nobody is asked while it waits")(lambda s: s.state == "held" and s.ringing() == 0)
claim("No wave goes out until the scene is safe")(lambda s: s.open() and s.stopped())


@claim(r"Next: (.+) in (\d+):(\d\d)")
def coming_wave(story, radius, minutes, secs):
    found = story.next()
    told = int(minutes) * 60 + int(secs)
    return found is not None and not story.stopped() and near_length(radius, found[0]) and abs(found[1] - story.now - told) <= SLACK_S


claim("Next: (.+), due now")(lambda s, radius: s.next() is not None and not s.stopped() and near_length(radius, s.next()[0]) and s.next()[1] <= s.now + SLACK_S)
claim(rf"{N} (?:is|are) ringing")(lambda s, n: s.ringing() == number(n))
claim(r"No more to ask for now, (one|\d+) still ringing")(lambda s, n: s.state == "alerting" and s.next() is None and s.ringing() == number(n))
claim("Nobody more in reach; whoever comes into reach is asked")(lambda s: s.state == "exhausted" and s.exhausted == "nobody_in_reach" and s.ringing() == 0)
claim("Nobody more is asked: the plan's most were asked")(lambda s: s.state == "exhausted" and s.exhausted == "max_asked" and s.ringing() == 0)
claim("Nobody more is asked: the plan replaces nobody")(lambda s: s.state == "exhausted" and s.exhausted == "no_replacement" and s.ringing() == 0)
claim("Enough have said yes: nobody more is asked")(lambda s: s.state == "covered" and not s.stopped() and s.count(lambda p: p.doubt and (s.coming(p) or s.there(p))) == 0)
claim(rf"{N} who said yes (?:is|are) not heard from")(all_of(lambda s, p: p.doubt and (s.coming(p) or s.there(p))))
claim("Nobody is needed any more: it can be closed")(lambda s: s.open() and s.empty() and any(p.why in ("ems_took_over", "not_needed") for p in s.done()))

claim(rf"ambulance {ETA}")(lambda s, when: s.ems_at is not None and 0 < seconds(s.ems_at) - s.now + SLACK_S and math.ceil((seconds(s.ems_at) - s.now - SLACK_S) / 60) <= (1 if when[0] == "w" else int(re.search(r"\d+", when).group())) <= max(1, math.ceil((seconds(s.ems_at) - s.now + SLACK_S) / 60)))
claim(r"ambulance due since (\d\d:\d\d)")(lambda s, at: s.ems_at is not None and same_clock(at, seconds(s.ems_at)) and seconds(s.ems_at) <= s.now)
claim(r"(\d+) there, (\d+) said yes, (\d+) wanted")(lambda s, there, yes, wanted: (s.count(s.there), s.count(s.coming), s.plan["wanted"]) == (int(there), int(yes), int(wanted)))
claim("The place was moved: this is the address of the old one")(lambda s: s.doubtful_address)

claim(r"(One person|\d+ people) asked")(lambda s, n: len(s.people) == number(n.split()[0]))


# which changes wake a phone is not in the log: of an update only who is named is looked at
@claim(r"(?:(\d+) have not|Has not) seen the last change yet: (.+)")
def unseen_update(story, n, who):
    on = {one.who for one in story.people.values() if story.coming(one) or story.there(one)}
    return set(who.split(", ")) <= on and int(n or 1) <= len(on)


@claim(r"(?:(\d+) told to stop who have not|Told to stop, and has not) seen it yet: (.+)")
def unseen_stop(story, n, who):
    late = {one.who for one in story.people.values() if one.state == "stood_down" and one.shown < one.sent_home}
    return set(who.split(", ")) <= late


# of one person

PERSON = []


def of_person(pattern):
    def keep(function):
        PERSON.append((re.compile(f"^{pattern}$"), function))
        return function
    return keep


of_person(r"in danger since (\d\d:\d\d)")(lambda s, p, at: p.in_danger and same_clock(at, p.danger_at))
of_person("in danger")(lambda s, p: p.in_danger)
of_person(r"not heard from since (\d\d:\d\d)")(lambda s, p, at: s.coming(p) and p.doubt)
of_person("not heard from")(lambda s, p: s.coming(p) and p.doubt)
of_person("not seen")(lambda s, p: True)
of_person("there")(lambda s, p: s.there(p))
of_person(r"with the patient since (\d\d:\d\d)")(lambda s, p, at: s.there(p) and same_clock(at, p.patient_at))
of_person(r"reached the patient at (\d\d:\d\d)")(lambda s, p, at: not s.there(p) and same_clock(at, p.patient_at))
of_person("at the address, not confirmed")(lambda s, p: s.at_address(p))
of_person(ETA)(lambda s, p, when: s.gone(p) and s.recent(p, SLACK_S) and arrives(when, s, [p]))
of_person("(.+) away")(lambda s, p, far: s.coming(p) and p.last(s.now) is not None and near_length(far, metres(p.last(s.now), s.place)))
of_person("not left yet")(lambda s, p: s.waits(p) and s.recent(p, SLACK_S))
of_person("not known to have left")(lambda s, p: s.waits(p) and p.last(s.now) is not None and not s.recent(p, -SLACK_S))
of_person("on the way")(lambda s, p: s.gone(p) and not s.recent(p, -SLACK_S))
of_person("no position since the yes")(lambda s, p: s.coming(p) and p.last(s.now) is None)
of_person(f"position {AGE} old")(lambda s, p, old: s.coming(p) and near_age(old, p.age(s.now)))
of_person("finished")(lambda s, p: p.state == "finished" and p.why is None)
of_person("finished: (.+)")(lambda s, p, why: p.state == "finished" and FINISH.get(why) == p.why)
of_person("not needed: (.+)")(lambda s, p, why: p.state == "stood_down" and STOOD_DOWN.get(why) == p.because)
of_person(r"asked for (.+?)( \(.+\))?")(lambda s, p, role, can: ROLE.get(role) == p.role and skills(can, [p]))
of_person(f"about (.+) away when asked, position {AGE} old")(lambda s, p, far, old: not s.coming(p) and p.source == "live")
of_person("about (.+) away when asked, by hours, not live")(lambda s, p, far: not s.coming(p) and p.source == "place")


def verdict(story, sentence):
    """None when it is true; otherwise why not."""
    text = sentence["en"].replace("\u00a0", " ").replace("\u202f", " ")
    person = story.people.get(sentence.get("alert_id"))
    if sentence["where"] == "ambulance":
        text = f"ambulance {text}"
    for pattern, test in PERSON if sentence.get("alert_id") else CLAIMS:
        found = pattern.match(text)
        if found:
            args = (story, person, *found.groups()) if sentence.get("alert_id") else (story, *found.groups())
            return None if test(*args) else "false"
    return "nobody knows what this claims"


def main():
    for text in sys.stdin:
        case = json.loads(text)
        story = Story(case)
        wrong = [{**sentence, "why": why} for sentence in case["said"] if (why := verdict(story, sentence))]
        print(json.dumps(wrong), flush=True)


main()
