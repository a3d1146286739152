"""Says of each sentence that the pages show whether it is true.

Reads lines of JSON: an incident's log, the positions that its people sent, the place, an instant, and the sentences
shown then by the desk or by a phone, in English or in German. Knows nothing of the server's or the pages' code: what an
event means, and what decision 6 says follows from it, is written here once more. Prints for each line the sentences that
are false, and why."""
import json
import sys

import desk  # noqa: F401 - what is claimed is kept as it is read
import log  # noqa: F401
import page  # noqa: F401
import phone  # noqa: F401
from claims import found, parts
from story import Story, seconds

# sentences that stand where their words alone do not say of what they are
NAMED = (
    "alarm", "ambulance", "notice", "refused", "fact", "kind", "message", "task", "elapsed", "heading", "passed", "name", "by",
    "quote", "skill", "news", "unread", "heard", "duplicate", "line", "home",
)


def verdict(story, line, language):
    """None when all of a line is true; otherwise why not."""
    text = line[language].replace("\u00a0", " ").replace("\u202f", " ")
    where, person = line["where"], story.people.get(line.get("alert_id"))
    about = "log" if where in ("log", "by", "quote") else "phone" if story.phone else "person" if person else "desk"
    said = parts(about, language, f"{where}: {text}" if where in NAMED else text)
    if said is None:
        return "nobody knows what this claims"
    of = {"log": (story, line.get("at")), "person": (story, person)}.get(about, (story,))
    for sentence in said:
        test, told = found(about, language, sentence)
        if not test(*of, **told):
            return f"false: {sentence}" if len(said) > 1 else "false"
    return None


def stories(case):
    """What may be known to a page: a position may be on its way to it for some seconds."""
    yield Story(case)
    late = seconds(case["now"]) - case.get("late_s", 0)
    sent = {fix["at"] for fixes in case["fixes"].values() for fix in fixes if seconds(fix["at"]) > late}
    for at in sorted(sent, reverse=True):
        yield Story({**case, "fixes": {who: [fix for fix in fixes if fix["at"] < at] for who, fixes in case["fixes"].items()}})


def false_of(story, case):
    return [
        {"where": one["where"], "text": one[language], "why": why, "alert_id": one.get("alert_id")}
        for one in case["said"] for language in ("en", "de")
        if language in one and (why := verdict(story, one, language))
    ]


def main():
    for text in sys.stdin:
        case = json.loads(text)
        judged = None
        for story in stories(case):
            wrong = false_of(story, case)
            # all of it is so as of one instant, or none is believed
            judged = wrong if judged is None or not wrong else judged
            if not wrong:
                break
        print(json.dumps(judged), flush=True)


main()
