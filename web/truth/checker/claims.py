"""Sentences in two languages, and what each of them claims."""
import re
from functools import lru_cache

from values import VALUES

# every kind of sentence has its own: the same words may claim another thing of another one
CLAIMS = {"desk": [], "person": [], "phone": [], "log": []}


def pattern(text):
    """A sentence with `{name}` for its values, as an expression; the rest of it is one already."""
    return re.compile(re.sub(r"\{([a-z_]+)\}", lambda found: f"(?P<{found[1]}>{VALUES[found[1]][0]})", text))


def says(about, en, de):
    """Keeps what these two sentences claim. The test is asked with the story and what the sentence names."""
    patterns = {"en": pattern(en), "de": pattern(de)}

    def keep(test):
        CLAIMS[about].append((patterns, test))
        return test

    return keep


@lru_cache(maxsize=100_000)
def found(about, language, text):
    """What the sentence claims, with its values; None when nobody knows it."""
    for patterns, test in CLAIMS[about]:
        match = patterns[language].fullmatch(text)
        if not match:
            continue
        told = {name: VALUES[name][1](value, language) for name, value in match.groupdict().items() if value is not None}
        if not any(is_unknown(value) for value in told.values()):
            return test, told
    return None


def is_unknown(value):
    """A word that the server does not have: then it is another sentence, or none."""
    return value == "?" or isinstance(value, set) and "?" in value


@lru_cache(maxsize=100_000)
def parts(about, language, text):
    """The sentences of a line, the longest first; None when some of it is known to nobody."""
    if not text:
        return []
    cuts = [len(text), *(cut.start() for cut in reversed(list(re.finditer(r"(?:\.| ·)? ", text))))]
    for cut in cuts:
        # a full stop may end the sentence, or be between two
        for end in (cut + 1, cut) if text[cut : cut + 1] == "." else (cut,):
            if found(about, language, text[:end]) is None:
                continue
            rest = parts(about, language, re.sub(r"^(?:\.| ·)? ", "", text[end:]))
            if rest is not None:
                return [text[:end], *rest]
    return None
