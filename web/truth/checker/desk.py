"""What the desk's sentences claim: of an incident, and of one person who was asked."""
from claims import says
from story import seconds


def all_of(one_test):
    """That exactly so many people are so."""
    return lambda s, n=1: s.count(lambda one: one_test(s, one)) == n


def best(people):
    return {one.best() for one in people if one.best()}


def nobody_on_it(s):
    return s.empty() and not s.done()


def ran_out(why):
    return lambda s: s.state == "exhausted" and s.exhausted == why


def handed_over(s):
    return any(one.why in ("ems_took_over", "not_needed") for one in s.done())


def of_desk(en, de):
    return says("desk", en, de)


# what a call handler tells the caller

of_desk("(?:A responder is|{n} responders are) in danger", "(?:Ein Helfer ist|{n} Helfer sind) in Gefahr")(all_of(lambda s, p: p.in_danger))
of_desk("Scene unsafe: nobody more is asked", "Einsatzstelle unsicher: niemand wird mehr gefragt")(
    lambda s: s.open() and s.scene == "unsafe" and s.override is None)
of_desk("Scene unsafe, people are sent all the same", "Einsatzstelle unsicher, trotzdem werden Helfer geschickt")(
    lambda s: s.open() and s.scene == "unsafe" and s.override is not None)
of_desk("There was danger: nobody more is asked", "Es gab Gefahr: niemand wird mehr gefragt")(
    lambda s: s.open() and s.stopped() and s.scene != "unsafe" and s.count(lambda p: p.in_danger) == 0)
of_desk("Waits for you: {held}", "Wartet auf Sie: {held}")(lambda s, held: s.state == "held" and held == set(s.held))
of_desk("Closed: {outcome}", "Geschlossen: {outcome}")(lambda s, outcome: s.state == "closed" and outcome == s.outcome)
of_desk("(?:One is|{n} are) still there", "(?:Eine Person ist|{n} sind) noch da")(
    lambda s, n=1: s.state == "closed" and s.count(s.there) == n)
of_desk("(?:One is|{n} are) there{can}", "(?:Eine Person ist|{n} sind) da{can}")(
    lambda s, can, n=1: s.count(s.there) == n and can == best(p for p in s.people.values() if s.there(p)))
of_desk("(?:One is|{n} are) at the address, not confirmed", "(?:Eine Person ist|{n} sind) an der Adresse, nicht bestätigt")(
    all_of(lambda s, p: s.at_address(p)))


@of_desk("(?:One is on the way,|{n} are on the way, the first) there {eta}{can}", "(?:Eine Person ist unterwegs,|{n} sind unterwegs, die erste) {eta} da{can}")
def way(s, eta, can, n=1):
    first = min(s.promised(), key=lambda one: s.eta(one)[0], default=None)
    # of several any may be the first when their times are as good as the same
    right = first is not None and (can == best([first]) or len(s.promised()) > 1 and can <= best(s.promised()))
    return right and s.count(s.there) == 0 and s.count(s.gone) == n and s.arrives(eta, s.promised())


of_desk("(?:One more on the way,|{n} more on the way, the next) there {eta}", "(?:Eine weitere unterwegs,|{n} weitere unterwegs, die nächste) {eta} da")(
    lambda s, eta, n=1: s.count(s.there) > 0 and s.count(s.gone) == n and s.arrives(eta, s.promised()))


@of_desk("(?:One is on the way,|{n} are on the way, newest) position {age} old", "(?:Eine Person ist unterwegs,|{n} sind unterwegs, neueste) Position {age} alt")
def way_old(s, age, n=1):
    ages = [one.age(s.now) for one in s.people.values() if s.gone(one) and one.last(s.now)]
    return s.count(s.gone) == n and bool(ages) and min(ages) > 60 - s.slack and s.old(age, min(ages))


of_desk("(?:One is on the way, no position since the yes|{n} are on the way, no position since their yes)", "(?:Eine Person ist|{n} sind) unterwegs, keine Position seit der Zusage")(
    lambda s, n=1: s.count(s.gone) == n and s.count(lambda p: s.gone(p) and p.last(s.now)) == 0)
of_desk("(?:One said yes and has not left yet|{n} said yes, none has left yet)", "(?:Eine Person hat zugesagt und ist noch nicht los|{n} haben zugesagt, niemand ist schon los)")(
    lambda s, n=1: s.count(s.coming) == n == s.count(lambda p: s.waits(p) and s.recent(p, s.slack)))
of_desk("(?:One|{n}) said yes, no position since", "(?:Eine Person hat|{n} haben) zugesagt, seitdem keine Position")(
    lambda s, n=1: s.count(s.coming) == n == s.count(s.waits) and s.count(lambda p: s.coming(p) and p.last(s.now)) == 0)
of_desk("(?:One said yes, not known to have left|{n} said yes, none is known to have left)", "(?:Eine Person hat zugesagt, ob sie los ist, ist nicht bekannt|{n} haben zugesagt, ob jemand los ist, ist nicht bekannt)")(
    lambda s, n=1: s.count(s.coming) == n == s.count(s.waits) and s.count(lambda p: s.waits(p) and not s.recent(p, -s.slack)) > 0)
of_desk("(?:One|{n}) more said yes", "(?:Eine weitere hat|{n} weitere haben) zugesagt")(
    lambda s, n=1: s.count(s.waits) == n < s.count(s.engaged))
of_desk("(?:One has|{n} have) finished, nobody else is coming", "(?:Eine Person ist|{n} sind) fertig, sonst kommt niemand")(
    lambda s, n=1: s.empty() and len(s.done()) == n and not any(p.why for p in s.done()))
of_desk(r"(?:One has|{n} have) finished \({finish}\), nobody else is coming", r"(?:Eine Person ist|{n} sind) fertig \({finish}\), sonst kommt niemand")(
    lambda s, finish, n=1: s.empty() and len(s.done()) == n and finish == {p.why for p in s.done() if p.why})
of_desk("Nobody is coming: nobody is left to ask", "Niemand kommt: niemand ist mehr zu fragen")(
    lambda s: nobody_on_it(s) and ran_out("nobody_in_reach")(s))
of_desk("Nobody is coming: as many were asked as the plan allows", "Niemand kommt: so viele wurden gefragt, wie der Plan erlaubt")(
    lambda s: nobody_on_it(s) and ran_out("max_asked")(s))
of_desk("Nobody is coming: the plan asks nobody in place of those who said no or nothing", "Niemand kommt: der Plan fragt keinen Ersatz für Absagen und Schweigen")(
    lambda s: nobody_on_it(s) and ran_out("no_replacement")(s))
of_desk("Nobody is coming yet · {age}", "Noch kommt niemand · {age}")(
    lambda s, age: nobody_on_it(s) and s.state == "alerting" and not s.stopped() and s.old(age, s.now - s.since))
of_desk("Nobody is coming", "Niemand kommt")(lambda s: nobody_on_it(s) and s.open())

# what comes next by itself

of_desk("Unsafe scene overridden by {who} at {at}", "Trotz unsicherer Einsatzstelle, durch {who} um {at}")(
    lambda s, who, at: s.override is not None and s.override[0] == who and s.clock(at, s.override[1]))
of_desk("Nobody is asked while it waits", "Niemand wird gefragt, solange er wartet")(lambda s: s.state == "held" and s.ringing() == 0)
of_desk("No wave goes out until the scene is safe", "Keine Welle, bis die Einsatzstelle sicher ist")(lambda s: s.open() and s.stopped())


def comes(s, radius):
    """When a wave that looks so far begins; None when none does."""
    found = None if s.stopped() else s.next()
    return found[1] if found and s.far(radius, found[0]) else None


@of_desk("Next: {m} in {countdown}", "Als Nächstes: {m} in {countdown}")
def counts_down(s, m, countdown):
    at = comes(s, m)
    return at is not None and abs(at - s.now - countdown) <= s.slack + 1


@of_desk("Next: {m}, due now", "Als Nächstes: {m}, jetzt fällig")
def is_due(s, m):
    at = comes(s, m)
    return at is not None and at <= s.now + s.slack


of_desk("(?:One is|{n} are) ringing", "Bei (?:einer Person|{n}) klingelt es")(lambda s, n=1: s.ringing() == n)
of_desk("(?:One alert waits|{n} alerts wait) for a push provider", "(?:Ein Alarm wartet|{n} Alarme warten) auf einen Push-Anbieter")(
    all_of(lambda s, p: p.waiting and p.state == "queued"))
of_desk("No more to ask for now, (?:one|{n}) still ringing", "Zurzeit niemand mehr zu fragen, bei (?:einer Person|{n}) klingelt es noch")(
    lambda s, n=1: s.state == "alerting" and s.next() is None and s.ringing() == n)
of_desk("Nobody more in reach; whoever comes into reach is asked", "Niemand mehr in Reichweite; wer in Reichweite kommt, wird gefragt")(
    lambda s: ran_out("nobody_in_reach")(s) and s.ringing() == 0)
of_desk("Nobody more is asked: the plan's most were asked", "Niemand wird mehr gefragt: so viele, wie der Plan erlaubt, sind gefragt")(
    lambda s: ran_out("max_asked")(s) and s.ringing() == 0)
of_desk("Nobody more is asked: the plan replaces nobody", "Niemand wird mehr gefragt: der Plan ersetzt niemanden")(
    lambda s: ran_out("no_replacement")(s) and s.ringing() == 0)
of_desk("Enough have said yes: nobody more is asked", "Genug haben zugesagt: niemand wird mehr gefragt")(
    lambda s: s.state == "covered" and not s.stopped() and s.count(lambda p: p.doubt and s.engaged(p)) == 0)
of_desk("(?:One|{n}) who said yes (?:is|are) not heard from", "Von (?:einer Zusage|{n} Zusagen) kommt keine Meldung")(
    all_of(lambda s, p: p.doubt and s.engaged(p)))
of_desk("It was said that nobody is needed any more: it can be closed", "Es wurde gemeldet, dass niemand mehr gebraucht wird: er kann geschlossen werden")(
    lambda s: s.open() and s.empty() and handed_over(s) and (s.state != "alerting" or s.stopped()))
of_desk("It was said that nobody is needed any more: others are asked until it is closed", "Es wurde gemeldet, dass niemand mehr gebraucht wird: bis er geschlossen ist, werden andere gefragt")(
    lambda s: s.state == "alerting" and not s.stopped() and s.empty() and handed_over(s))

# titles of alarms

of_desk("alarm: (?:A responder is|{n} responders are) in danger", "alarm: (?:Ein Helfer ist|{n} Helfer sind) in Gefahr")(
    all_of(lambda s, p: p.in_danger))
of_desk("alarm: The scene is unsafe", "alarm: Einsatzstelle unsicher")(lambda s: s.state != "closed" and s.scene == "unsafe")
of_desk("alarm: Nobody is coming", "alarm: Niemand kommt")(
    lambda s: s.state == "alerting" and s.empty() and not handed_over(s) and s.now - s.since >= 60 - s.slack)
of_desk("alarm: Nobody is left to ask", "alarm: Niemand mehr zu fragen")(lambda s: s.empty() and ran_out("nobody_in_reach")(s))
of_desk("alarm: The plan allows nobody more to be asked", "alarm: Der Plan erlaubt nicht, mehr zu fragen")(
    lambda s: s.empty() and ran_out("max_asked")(s))
of_desk("alarm: The plan asks no replacement", "alarm: Der Plan fragt keinen Ersatz")(lambda s: s.empty() and ran_out("no_replacement")(s))
of_desk(r"alarm: (?:One has|{n} have) gone without handing over \({finish}\)", r"alarm: (?:Eine Person ist|{n} sind) ohne Übergabe weg \({finish}\)")(
    lambda s, finish, n=1: len(s.early()) == n and finish == {p.why for p in s.early()})
of_desk("alarm: Somebody has gone without handing over", "alarm: Jemand ist ohne Übergabe weg")(
    lambda s: s.count(lambda p: p.state == "withdrawn" and p.patient_at is not None and p.round == s.round) > 0)
of_desk("alarm: No provider takes the (?:push of one alert|pushes of {n} alerts)", "alarm: Kein Anbieter nimmt (?:den Push eines Alarms|die Pushes von {n} Alarmen) an")(
    all_of(lambda s, p: p.waiting and p.state == "queued"))

# the ambulance, and everybody in one line


@of_desk("ambulance: {eta}", "ambulance: {eta}")
def ambulance(s, eta):
    if s.ems_at is None or s.state == "closed":
        return False
    left = seconds(s.ems_at) - s.now
    return left + s.slack > 0 and s.within(eta, left, left)


of_desk("ambulance: due since {at}", "ambulance: fällig seit {at}")(
    lambda s, at: s.ems_at is not None and s.state != "closed" and s.clock(at, seconds(s.ems_at)) and seconds(s.ems_at) <= s.now)
of_desk("{there} there, {coming} said yes, {wanted} wanted", "{there} da, {coming} zugesagt, {wanted} gewünscht")(
    lambda s, there, coming, wanted: (s.count(s.there), s.count(s.coming), s.plan["wanted"]) == (there, coming, wanted))
of_desk("The place was moved: this is the address of the old one", "Der Ort wurde verlegt: das ist die Adresse des alten")(
    lambda s: s.doubtful_address)

# who has not seen what they were told

of_desk("(?:One person|{n} people) asked", "(?:Eine Person|{n} Menschen) gefragt")(
    lambda s, n=1: len({p.who for p in s.people.values()}) == n)


def late(test):
    """So many have not shown the last of what they were told, and those who are named are of them."""
    def is_so(s, names, n=1):
        # whoever was asked in several rounds stands as in the last of them
        last = {p.who: p for p in s.people.values()}
        found = {s.names.get(who, who) for who, p in last.items() if test(s, p) and s.behind(p)}
        return n == len(found) and names <= found

    return is_so


of_desk("(?:Has not|{n} have not) seen the last change yet: {names}", "(?:Hat|{n} haben) die letzte Änderung noch nicht gesehen: {names}")(
    late(lambda s, p: s.engaged(p)))
of_desk("(?:Told to stop, and has not seen it yet|{n} told to stop who have not seen it yet): {names}", "(?:Abgesagt, und hat es noch nicht gesehen|{n} abgesagt, die es noch nicht gesehen haben): {names}")(
    late(lambda s, p: p.state == "stood_down"))

# one person of those who were asked


def of_person(en, de):
    return says("person", en, de)


of_person("in danger since {at}", "in Gefahr seit {at}")(lambda s, p, at: p.in_danger and s.clock(at, p.danger_at))
of_person("in danger", "in Gefahr")(lambda s, p: p.in_danger)
of_person("not heard from since {at}", "keine Meldung seit {at}")(lambda s, p, at: s.coming(p) and p.doubt and s.clock(at, heard(s, p)))
of_person("not heard from", "keine Meldung")(lambda s, p: s.coming(p) and p.doubt)
of_person("not seen", "nicht gesehen")(lambda s, p: s.behind(p))
of_person("there", "da")(lambda s, p: s.there(p))
of_person("with the patient since {at}", "beim Patienten seit {at}")(lambda s, p, at: s.there(p) and s.clock(at, p.patient_at))
of_person("reached the patient at {at}", "um {at} beim Patienten")(lambda s, p, at: not s.there(p) and s.clock(at, p.patient_at))
of_person("at the address, not confirmed", "an der Adresse, nicht bestätigt")(lambda s, p: s.at_address(p))
of_person("{eta}", "{eta}")(lambda s, p, eta: s.gone(p) and s.recent(p, s.slack) and s.arrives(eta, [p]))
of_person("{m} away", "{m} entfernt")(lambda s, p, m: s.coming(p) and s.away(m, p))
of_person("not left yet", "noch nicht los")(lambda s, p: s.waits(p) and s.recent(p, s.slack))
of_person("not known to have left", "nicht bekannt, ob los")(lambda s, p: s.waits(p) and p.last(s.now) is not None and not s.recent(p, -s.slack))
of_person("on the way", "unterwegs")(lambda s, p: s.gone(p) and not s.recent(p, -s.slack))
of_person("no position since the yes", "keine Position seit der Zusage")(lambda s, p: s.coming(p) and p.last(s.now) is None)
of_person("position {age} old", "Position {age} alt")(lambda s, p, age: s.coming(p) and s.old(age, p.age(s.now)))
of_person("no provider takes the push", "kein Anbieter nimmt den Push an")(lambda s, p: p.state == "queued" and p.waiting)
of_person("finished", "fertig")(lambda s, p: p.state == "finished" and p.why is None)
of_person("finished: {why}", "fertig: {why}")(lambda s, p, why: p.state == "finished" and why == p.why)
of_person("not needed: {stood_down}", "nicht gebraucht: {stood_down}")(lambda s, p, stood_down: p.state == "stood_down" and stood_down == p.because)
of_person("goes on with the other report", "macht beim anderen Einsatz weiter")(
    lambda s, p: p.state == "stood_down" and p.because == "merged")
of_person("asked for {role}{can}", "gefragt für {role}{can}")(lambda s, p, role, can: role == p.role and can == best([p]))
of_person("about {m} away when asked, position {age} old", "etwa {m} entfernt bei der Anfrage, Position {age} alt")(
    lambda s, p, m, age: not s.engaged(p) and p.source == "live" and s.far(m, p.asked_m) and s.old(age, p.fix_age_s))
of_person("about {m} away when asked, by hours, not live", "etwa {m} entfernt bei der Anfrage, nach Zeiten, nicht live")(
    lambda s, p, m: not s.engaged(p) and p.source == "place" and s.far(m, p.asked_m))
of_person("{becomes}", "{becomes}")(lambda s, p, becomes: p.state == becomes)


def heard(s, p):
    """By a word of theirs or by a position."""
    fix = p.last(s.now)
    return max(p.heard_at or 0, seconds(fix["at"]) if fix else 0) or None
