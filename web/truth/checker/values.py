"""What stands in a sentence: how a number, a time or a word of the server is written in each language, and what it means."""
import re
from datetime import datetime

# what the pages call the server's words, by language
WORDS = {
    "held": {
        "en": {
            "the scene is unsafe": "scene_unsafe", "is the scene safe?": "scene_not_cleared", "the call is old": "call_too_old",
            "the ambulance should be there": "ems_due", "the patient is very young": "patient_too_young",
            "the plan asks a person first": "plan_holds",
        },
        "de": {
            "die Einsatzstelle ist unsicher": "scene_unsafe", "ist die Einsatzstelle sicher?": "scene_not_cleared",
            "der Notruf ist alt": "call_too_old", "der Rettungsdienst müsste da sein": "ems_due",
            "der Patient ist sehr jung": "patient_too_young", "der Plan fragt erst einen Menschen": "plan_holds",
        },
    },
    "finish": {
        "en": {
            "the ambulance took over": "ems_took_over", "not needed": "not_needed", "could not get in": "no_access",
            "had to leave": "had_to_leave", "not heard from any more": "silent",
        },
        "de": {
            "der Rettungsdienst hat übernommen": "ems_took_over", "nicht gebraucht": "not_needed", "kein Zugang": "no_access",
            "musste weg": "had_to_leave", "nichts mehr gehört": "silent",
        },
    },
    "stood_down": {
        "en": {
            "enough others are coming": "enough_accepted", "the incident was closed": "incident_closed",
            "the place moved out of reach": "place_moved", "called elsewhere": "called_elsewhere",
            "suspended or left": "no_longer_eligible", "whom they stood in for was heard from": "doubt_ended",
            "the desk said so": "by_desk",
        },
        "de": {
            "genug andere kommen": "enough_accepted", "der Einsatz wurde geschlossen": "incident_closed",
            "der Ort ist jetzt zu weit weg": "place_moved", "anderswo gerufen": "called_elsewhere",
            "gesperrt oder nicht mehr dabei": "no_longer_eligible",
            "von der vermissten Person kam eine Meldung": "doubt_ended", "vom Pult abgesagt": "by_desk",
        },
    },
    "outcome": {
        "en": {
            "the ambulance is there": "ems_on_scene", "volunteers are not needed": "stood_down", "done": "completed",
            "false alarm": "false_alarm", "duplicate": "duplicate", "open for too long": "expired",
        },
        "de": {
            "Rettungsdienst ist da": "ems_on_scene", "Helfer werden nicht gebraucht": "stood_down", "erledigt": "completed",
            "Fehlalarm": "false_alarm", "doppelt": "duplicate", "zu lange offen": "expired",
        },
    },
    "role": {
        "en": {"CPR": "cpr", "an AED": "aed", "care": "clinician", "guiding the ambulance": "guide"},
        "de": {"Reanimation": "cpr", "einen AED": "aed", "Versorgung": "clinician", "das Einweisen": "guide"},
    },
    "can": {
        "en": {
            "basic life support": "bls", "first aid": "first_aid", "nurse": "nurse", "EMT": "emt", "paramedic": "paramedic",
            "doctor": "doctor", "firefighter": "firefighter", "police": "police",
        },
        "de": {
            "Basismaßnahmen": "bls", "Erste Hilfe": "first_aid", "Pflegekraft": "nurse", "Rettungssanitäter": "emt",
            "Notfallsanitäter": "paramedic", "Arzt": "doctor", "Feuerwehr": "firefighter", "Polizei": "police",
        },
    },
    "exhausted": {
        "en": {
            "nobody more in reach": "nobody_in_reach", "the plan's most were asked": "max_asked",
            "the plan replaces nobody": "no_replacement",
        },
        "de": {
            "niemand mehr in Reichweite": "nobody_in_reach", "so viele gefragt, wie der Plan erlaubt": "max_asked",
            "der Plan ersetzt niemanden": "no_replacement",
        },
    },
    "alarm": {
        "en": {
            "a responder in danger": "danger", "unsafe scene": "unsafe", "nobody is coming": "nobody_coming",
            "nobody left to ask": "exhausted", "somebody left": "left", "alerts not taken": "unreachable",
        },
        "de": {
            "ein Helfer in Gefahr": "danger", "unsichere Einsatzstelle": "unsafe", "niemand kommt": "nobody_coming",
            "niemand mehr zu fragen": "exhausted", "jemand ist weg": "left", "Alarme nicht angenommen": "unreachable",
        },
    },
    "kind": {
        "en": {"Cardiac arrest": "cardiac_arrest", "Chest pain": "chest_pain", "Stroke": "stroke", "Other emergency": "other"},
        "de": {"Herz-Kreislauf-Stillstand": "cardiac_arrest", "Brustschmerz": "chest_pain", "Schlaganfall": "stroke", "Anderer Notfall": "other"},
    },
    "scene": {
        "en": {"safe": "safe", "not known": "unknown", "unsafe": "unsafe"},
        "de": {"sicher": "safe", "unbekannt": "unknown", "unsicher": "unsafe"},
    },
    "state": {
        "en": {
            "being sent": "queued", "sent": "sent", "on the phone": "received", "seen": "seen", "said yes": "accepted",
            "on the way": "en_route", "there": "on_scene", "done": "finished", "said no": "declined",
            "cannot after all": "withdrawn", "silent": "lapsed", "not needed": "stood_down", "phone silent": "unreachable",
            "too late": "expired",
        },
        "de": {
            "wird gesendet": "queued", "gesendet": "sent", "auf dem Telefon": "received", "gesehen": "seen",
            "zugesagt": "accepted", "unterwegs": "en_route", "da": "on_scene", "fertig": "finished", "abgelehnt": "declined",
            "kann doch nicht": "withdrawn", "schweigt": "lapsed", "nicht gebraucht": "stood_down", "Telefon stumm": "unreachable",
            "zu spät": "expired",
        },
    },
}

# an hour and a minute within which somebody is there
SOON = {"en": "within a minute", "de": "binnen einer Minute"}


class Span(tuple):
    """From and until, in seconds or metres: what a rounded figure may stand for."""

    def holds(self, value, slack):
        return self[0] - slack <= value <= self[1] + slack


def number(text, _):
    return int(re.sub(r"\D", "", text))


def decimal(text, language):
    thousands, point = (",", ".") if language == "en" else (".", ",")
    return float(text.replace(thousands, "").replace(point, "."))


def length(text, language):
    value, unit = text.split(" ")
    size, half = (1000, 50) if unit == "km" else (1, 5)
    told = decimal(value, language) * size
    return Span((told - half, told + half))


def age(text, _):
    value, unit = text.split(" ")
    size = {"s": 1, "min": 60, "h": 3600}[unit]
    return Span((int(value) * size, (int(value) + 1) * size))


def minutes(text, language):
    return 1 if text == SOON[language] else int(re.search(r"\d+", text).group())


def instant(text, language):
    """A day with the time of the clock."""
    return datetime.strptime(text, "%b %d, %Y, %H:%M:%S" if language == "en" else "%d.%m.%Y, %H:%M:%S").timestamp()


def countdown(text, _):
    parts = [int(part) for part in text.split(":")]
    return sum(part * 60**n for n, part in enumerate(reversed(parts)))


def listed(group):
    def read(text, language):
        words = WORDS[group][language]
        # a word that nobody knows is nobody's reason
        return {words.get(word, "?") for word in text.strip(" ()").split(", ")} if text else set()

    return read


def single(group):
    return lambda text, language: WORDS[group][language].get(text, "?")


COUNT = r"\d+"
LENGTH = r"[\d.,]+ k?m"
# by the name of the value: how it is written, and what it says
VALUES = {
    "n": (COUNT, number), "there": (COUNT, number), "coming": (COUNT, number), "wanted": (COUNT, number),
    "wave": (COUNT, number), "considered": (COUNT, number), "years": (COUNT, number),
    "m": (LENGTH, length), "age": (r"\d+ (?:s|min|h)", age), "countdown": (r"\d+(?::\d\d)+", countdown),
    "eta": (rf"in \d+ min|{SOON['en']}|{SOON['de']}", minutes), "at": (r"\d\d:\d\d", lambda text, _: text),
    "instant": (r"[^:]+, \d\d:\d\d:\d\d", instant),
    "minutes": (r"\d+ (?:min|Min\.)", number),
    "who": ("[^:·]+?", lambda text, _: text), "by": (".+?", lambda text, _: text), "push": (".+", lambda text, _: text),
    "kind": (".+", single("kind")), "names": (".+", lambda text, _: set(text.split(", "))), "rest": (".*", lambda text, _: text),
    "skill": (".+", single("can")), "can": (r"(?: \([^()]+\))?", listed("can")), "held": (".+", listed("held")), "finish": ("[^()]+", listed("finish")),
    "why": (".+", single("finish")), "stood_down": (".+", single("stood_down")), "outcome": (".+", single("outcome")),
    "role": (".+?", single("role")), "exhausted": (".+", single("exhausted")), "alarm": (".+", single("alarm")),
    "scene": (".+", single("scene")), "was": (".+", single("state")), "becomes": (".+?", single("state")),
}
