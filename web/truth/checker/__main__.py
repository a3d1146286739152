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
from story import Story

# sentences that stand where their words alone do not say of what they are
NAMED = (
    "alarm", "ambulance", "notice", "refused", "fact", "kind", "message", "task", "elapsed", "heading", "passed", "name", "by",
    "heard", "duplicate", "line", "home",
)


def verdict(story, line, language):
    """None when all of a line is true; otherwise why not."""
    text = line[language].replace("\u00a0", " ").replace("\u202f", " ")
    where, person = line["where"], story.people.get(line.get("alert_id"))
    about = "log" if where in ("log", "by") else "phone" if story.phone else "person" if person else "desk"
    said = parts(about, language, f"{where}: {text}" if where in NAMED else text)
    if said is None:
        return "nobody knows what this claims"
    of = {"log": (story, line.get("at")), "person": (story, person)}.get(about, (story,))
    for sentence in said:
        test, told = found(about, language, sentence)
        if not test(*of, **told):
            return f"false: {sentence}" if len(said) > 1 else "false"
    return None


def main():
    for text in sys.stdin:
        case = json.loads(text)
        story = Story(case)
        judged = (
            {"where": one["where"], "text": one[language], "why": why, "alert_id": one.get("alert_id")}
            for one in case["said"] for language in ("en", "de")
            if language in one and (why := verdict(story, one, language))
        )
        print(json.dumps(list(judged)), flush=True)


main()
