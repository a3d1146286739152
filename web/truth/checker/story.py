"""What a log and the positions that were sent tell: who is where, and what follows from decision 6."""
import math
from datetime import datetime

RINGING, YES = ("queued", "sent", "received", "seen"), ("accepted", "en_route")
SILENT = ("lapsed", "unreachable")
BEST = ["doctor", "paramedic", "nurse", "emt", "firefighter", "police", "first_aid", "bls"]
# a position that is older, seconds, promises nothing
RECENT_S = 60
# what an event makes of an alert
STATES = {
    "declined": "declined", "withdrawn": "withdrawn", "lapsed": "lapsed", "unreachable": "unreachable",
    "expired": "expired", "accepted": "accepted", "departed": "en_route", "arrived": "on_scene",
    "finished": "finished", "stood_down": "stood_down",
}
# by these somebody is heard from
WORDS_OF_THEIRS = (
    "accepted", "departed", "arrived", "reached_patient", "finished", "corrected", "danger_reported", "danger_ended",
)
# whoever is on it is woken for these
UPDATES = (
    "address_changed", "address_removed", "address_confirmed", "kind_changed", "patient_changed", "message_sent",
    "scene_changed",
)


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def metres(a, b):
    lat = math.radians((a["lat"] + b["lat"]) / 2)
    return math.hypot(math.radians(a["lat"] - b["lat"]), math.radians(a["lon"] - b["lon"]) * math.cos(lat)) * 6371008.8


class Person:
    def __init__(self, alert, fixes, danger):
        self.id, self.who, self.role, self.skills = alert["id"], alert["responder_id"], alert["role"], alert["skills"]
        self.asked_m, self.fix_age_s, self.source = alert["distance_m"], alert["fix_age_s"], alert.get("position", "live")
        self.answer_by = seconds(alert["answer_by"])
        self.state, self.fixes = "queued", fixes.get(alert["responder_id"], [])
        self.yes_at = self.heard_at = self.danger_at = self.patient_at = self.why = self.because = None
        self.doubt = self.in_danger = self.near = self.waiting = self.cleared = self.merged = False
        self.warned = danger
        # the newest version that their phones were woken for, and that one of them showed
        self.told = self.shown = 0
        # no wave of the round asked them
        self.round, self.unasked = 1, False

    def last(self, now):
        """The last position since the yes."""
        if self.yes_at is None:
            return None
        since = [fix for fix in self.fixes if self.yes_at <= seconds(fix["at"]) <= now]
        return max(since, key=lambda fix: fix["at"], default=None)

    def age(self, now):
        fix = self.last(now)
        return None if fix is None else now - seconds(fix["at"])

    def best(self):
        return next((skill for skill in BEST if skill in self.skills), None)


class Story:
    """What the log tells, up to its end."""

    def __init__(self, case):
        self.now, self.place, self.fixes = seconds(case["now"]), case["place"], case["fixes"]
        # an instant passes between the server's answer and the look at it
        self.slack = case["slack_s"]
        self.address, self.phone = case.get("address"), case.get("phone")
        self.names, self.message = case.get("names", {}), case.get("message")
        # how long the line is cut, and what other incidents are called
        self.cut_s, self.others = case.get("cut_s"), case.get("others", [])
        self.log = case["log"]
        self.people, self.override, self.exhausted, self.outcome, self.closed_at = {}, None, None, None, None
        self.wave, self.round, self.doubtful_address, self.moved = 0, 1, False, False
        for item in self.log:
            self.version = item["version"]
            self.take(item["type"], item.get("detail", {}), item.get("alert_id"), seconds(item["at"]))
        self.me = self.people[self.phone["alert_id"]] if self.phone else None

    def take(self, kind, detail, alert_id, at):
        one = self.people.get(alert_id)
        if kind in UPDATES:
            self.tell(self.engaged)
        if kind == "raised":
            opening = detail["opening"]
            self.plan, self.scene, self.danger = opening["plan"], opening["scene"], opening["scene"] == "unsafe"
            self.called_at, self.ems_at, self.age = (opening.get(name) for name in ("called_at", "ems_eta_at", "patient_age_y"))
            self.exercise, self.opened_at, self.kind = opening.get("exercise", False), at, opening.get("kind")
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
            self.people[detail["alert"]["id"]] = person = Person(detail["alert"], self.fixes, self.danger)
            person.round = self.round
            self.state = "alerting" if self.state == "exhausted" else self.state
        elif kind == "taken_over":
            self.take_over(detail["alert"])
        elif kind == "exhausted":
            self.state, self.exhausted = "exhausted", detail.get("why", "nobody_in_reach")
        elif kind in ("covered", "uncovered"):
            self.state = "covered" if kind == "covered" else "alerting"
        elif kind == "scene_changed":
            self.scene_is(detail["scene"])
        elif kind == "moved":
            self.moved = True
            self.tell(self.is_open)
            self.doubtful_address = self.doubtful_address or detail.get("address_doubtful", False)
            for moved in detail["distances"]:
                self.people[moved["alert_id"]].asked_m = moved["distance_m"]
        elif kind in ("address_changed", "address_removed", "address_confirmed"):
            self.doubtful_address = False
        elif kind == "ems_eta_changed":
            self.ems_at = detail.get("at")
        elif kind == "kind_changed":
            self.plan, self.kind = detail["plan"], detail["kind"]
        elif kind == "patient_changed":
            self.age = detail.get("age_y")
        elif kind == "closed":
            self.state, self.outcome, self.closed_at = "closed", detail["outcome"], at
        elif kind == "reopened":
            self.state, self.since, self.counts_from, self.wave, self.override = "alerting", at, at, 0, None
            self.round += 1
            self.danger = self.scene == "unsafe" or any(person.in_danger for person in self.people.values())
            for person in self.people.values():
                if person.state in (*YES, "on_scene"):
                    person.round, person.unasked = self.round, True
        elif one is not None:
            self.happens(one, kind, detail, at)

    def take_over(self, alert):
        """Somebody who is on it from another report of the same emergency, as they were there."""
        one = self.people[alert["id"]] = Person(alert, self.fixes, self.danger)
        one.round, one.unasked, one.state, one.merged = self.round, True, alert["state"], True
        one.yes_at, one.heard_at, one.danger_at, one.patient_at = (
            seconds(alert[name]) if alert.get(name) else None for name in ("accepted_at", "heard_at", "danger_at", "with_patient_at")
        )
        one.doubt, one.in_danger, one.near = alert["doubtful"], alert["in_danger"], alert.get("presence") == "at_address"
        one.told = self.version
        self.state = "alerting" if self.state == "exhausted" else self.state
        if one.in_danger:
            self.warn()
            self.tell(lambda person: self.is_open(person) and person is not one)

    def tell(self, whom):
        for person in self.people.values():
            if whom(person):
                person.told = self.version

    def is_open(self, person):
        return person.state in (*RINGING, *SILENT, *YES, "on_scene")

    def warn(self):
        self.danger, self.override = True, None
        for person in self.people.values():
            if self.is_open(person):
                person.warned, person.cleared = True, False

    def scene_is(self, scene):
        self.scene = scene
        if scene == "unsafe":
            self.warn()
            self.tell(self.is_open)
        elif scene == "safe":
            self.danger, self.override = False, None
            self.tell(lambda person: person.warned and self.is_open(person))
            for person in self.people.values():
                if self.is_open(person) and person.warned:
                    person.cleared = True
                person.in_danger = person.warned = False

    def happens(self, one, kind, detail, at):
        if kind in ("sent", "received", "seen") and one.state in RINGING:
            one.state = max(one.state, kind, key=RINGING.index)
        one.state = STATES.get(kind, one.state)
        if kind == "push_put_off" and one.state == "queued":
            one.waiting = True
        if kind in ("sent", "received", "seen", "accepted") or (kind == "push_failed" and detail.get("last")):
            one.waiting = False
        if kind == "accepted":
            one.yes_at = at
        if kind == "finished":
            one.why = detail.get("why")
        if kind == "stood_down":
            one.because = detail["why"]
            # whoever goes on with another report is not told to stop
            one.told = one.told if one.because == "merged" else self.version
            one.in_danger = one.in_danger and one.because != "merged"
        if kind in ("still_going_asked", "corrected"):
            one.told = self.version
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
            one.doubt, one.near = True, False
        if kind == "danger_reported":
            self.warn()
            self.tell(lambda person: self.is_open(person) and person is not one)
            one.in_danger, one.danger_at, one.warned = True, at, True
        if kind == "danger_ended":
            one.in_danger = False
        if kind in WORDS_OF_THEIRS:
            one.heard_at, one.doubt = at, False
        if kind == "heard":
            heard_at = seconds(detail["heard_at"]) if "heard_at" in detail else at
            one.heard_at, one.doubt = max(heard_at, one.heard_at or 0), False

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

    def engaged(self, one):
        return self.coming(one) or self.there(one)

    def at_address(self, one):
        return self.coming(one) and one.near

    def left(self, one):
        if not self.coming(one) or one.state == "en_route":
            return self.coming(one)
        fix = one.last(self.now)
        if fix is None or one.source != "live":
            return False
        return one.asked_m - metres(fix, self.place) > max(50, fix["accuracy_m"])

    def gone(self, one):
        return self.left(one) and not one.near

    def waits(self, one):
        return self.coming(one) and not self.left(one) and not one.near

    def recent(self, one, slack=0):
        age = one.age(self.now)
        return age is not None and age <= RECENT_S + slack

    def eta(self, one):
        """The soonest and the latest, on foot at 2.3 m/s along streets that are longer than the straight line by 1.3."""
        fix = one.last(self.now)
        way = metres(fix, self.place) * 1.3 / 2.3
        return max(0, way - (one.age(self.now) if self.left(one) else 0)), way

    def promised(self):
        return [one for one in self.people.values() if self.gone(one) and self.recent(one, self.slack)]

    def done(self):
        return [one for one in self.people.values() if one.state == "finished" and one.round == self.round]

    def early(self):
        """Those who left the patient without help."""
        return [one for one in self.done() if one.why in ("no_access", "had_to_leave")]

    def stopped(self):
        return self.danger and self.override is None

    def open(self):
        return self.state not in ("held", "closed")

    def ringing(self):
        return self.count(lambda one: one.state in RINGING and not one.waiting)

    def empty(self):
        return self.count(self.engaged) == 0

    def behind(self, one):
        return one.shown < one.told

    def next(self):
        number = self.wave + 1
        asked = self.count(lambda one: one.round == self.round)
        if self.counts_from is None or number > len(self.plan["waves"]) or asked >= self.plan["max_asked"]:
            return None
        wave = self.plan["waves"][number - 1]
        return wave["radius_m"], self.counts_from + wave["after_s"]

    # how a figure of a sentence stands to what is so

    def clock(self, told, at):
        """The minute of the hour in which something was."""
        if at is None:
            return False
        return told in [datetime.fromtimestamp(at + slack).strftime("%H:%M") for slack in (-self.slack, 0, self.slack)]

    def old(self, told, value):
        return value is not None and told.holds(value, self.slack)

    def far(self, told, value):
        # what a step further is, and how the earth is measured
        return told.holds(value, 1 + 2 * self.slack)

    def away(self, told, one):
        fix = one.last(self.now)
        return fix is not None and self.far(told, metres(fix, self.place))

    def arrives(self, told, people):
        """Whether the first of these is there in so many minutes, as far as their positions say."""
        if not people:
            return False
        soonest = min(self.eta(one)[0] for one in people)
        latest = min(self.eta(one)[1] for one in people)
        return self.within(told, soonest, latest)

    def within(self, told, soonest, latest):
        return math.ceil((soonest - self.slack) / 60) <= told <= max(1, math.ceil((latest + self.slack) / 60))
