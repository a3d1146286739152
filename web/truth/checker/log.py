"""What the lines of the timeline claim: that this happened, then, to this person."""
from datetime import datetime

from claims import says
from story import seconds


def happened(kind, en, de, test=lambda detail: True):
    """A line for one type of event; `test` holds the values of the line against its detail."""
    def is_so(story, at, who=None, **told):
        def is_this(item):
            same = item["type"] == kind and datetime.fromtimestamp(seconds(item["at"])).strftime("%H:%M:%S") == at
            person = story.people.get(item.get("alert_id"))
            named = who is None or person is not None and story.names.get(person.who, person.who) == who
            return same and named and test(item.get("detail", {}), **told)

        return any(is_this(item) for item in story.log)

    says("log", en, de)(is_so)


def minute(text, instant):
    return instant is not None and datetime.fromtimestamp(seconds(instant)).strftime("%H:%M") == text


happened("raised", "Raised", "Gemeldet")
happened("released", "Released", "Freigegeben", lambda d: not d.get("override_by"))
happened("released", "Released although the scene is unsafe, by {by}", "Freigegeben trotz unsicherer Einsatzstelle, durch {by}",
         lambda d, by: d.get("override_by") == by)
happened("still_held", "Waits still: {held}", "Wartet weiter: {held}", lambda d, held: set(d["reasons"]) == held)
happened("wave_launched", "Wave {wave}: {considered} in reach within {m}", "Welle {wave}: {considered} in Reichweite im Umkreis von {m}",
         lambda d, wave, considered, m: (d["wave"], d["considered"]) == (wave, considered) and m.holds(d["radius_m"], 0))
happened("wave_empty", "Wave {wave} found nobody to ask: the next begins", "Welle {wave} fand niemanden zum Fragen: die nächste beginnt",
         lambda d, wave: d["wave"] == wave)
happened("widen_requested", "Next wave wanted now", "Nächste Welle sofort gewünscht")
happened("alerted", "{who} asked for {role}, about {m} away", "{who} gefragt für {role}, etwa {m} entfernt",
         lambda d, role, m: d["alert"]["role"] == role and m.holds(d["alert"]["distance_m"], 1))
happened("taken_over", "{who} is on it, from another report of the same emergency", "{who} ist dabei, von einer anderen Meldung desselben Notfalls")
happened("passed_over", "(?:One|{n}) in reach not asked, with reasons?", "(?:Eine Person|{n}) in Reichweite nicht gefragt, mit (?:Grund|Gründen)",
         lambda d, n=1: len(d["people"]) == n)
happened("found_too_few", "(?:One|{n}) too few in reach", "(?:Eine Person|{n}) zu wenig in Reichweite", lambda d, n=1: d["missing"] == n)
happened("exhausted", "Nobody is left to ask: {exhausted}", "Niemand mehr zu fragen: {exhausted}",
         lambda d, exhausted: d.get("why", "nobody_in_reach") == exhausted)
happened("sent", "Push for {who} taken by the provider", "Push für {who} vom Anbieter angenommen")
happened("received", "Phone of {who} has it", "Telefon von {who} hat es")
happened("seen", "{who} looked at it", "{who} hat es gesehen")
happened("confirmed", "Phone of {who} shows the last change", "Telefon von {who} zeigt die letzte Änderung")
happened("push_failed", "Push for {who} failed: {push}", "Push für {who} gescheitert: {push}", lambda d, push: d["reason"] == push)
happened("push_put_off", "Push for {who} not taken yet, tried again: {push}", "Push für {who} noch nicht angenommen, neuer Versuch: {push}",
         lambda d, push: d["reason"] == push)
happened("accepted", "{who} said yes", "{who} hat zugesagt")
happened("declined", "{who} said no", "{who} hat abgelehnt")
happened("withdrawn", "{who} cannot come after all", "{who} kann doch nicht kommen")
happened("departed", "{who} set off", "{who} ist losgegangen")
happened("arrived", "{who} is there", "{who} ist da")
happened("reached_patient", "{who} is with the patient", "{who} ist beim Patienten")
happened("finished", "{who} is done", "{who} ist fertig", lambda d: d.get("why") is None)
happened("finished", "{who} is done: {why}", "{who} ist fertig: {why}", lambda d, why: d.get("why") == why)
happened("lapsed", "{who} is silent: their place is free for somebody else", "{who} schweigt: der Platz ist frei für jemand anderen")
happened("unreachable", "No phone of {who} answered", "Kein Telefon von {who} hat sich gemeldet")
happened("expired", "The ask to {who} ended", "Die Anfrage an {who} ist abgelaufen")
happened("stood_down", "{who} is not needed: {stood_down}", "{who} wird nicht gebraucht: {stood_down}",
         lambda d, stood_down: d["why"] == stood_down)
happened("stood_down", "{who} goes on with the other report", "{who} macht beim anderen Einsatz weiter", lambda d: d["why"] == "merged")
happened("corrected", "Corrected: {who} is “{becomes}” and not “{was}”", "Berichtigt: {who} ist „{becomes}“ und nicht „{was}“",
         lambda d, becomes, was: (d["to"], d["from"]) == (becomes, was))
happened("at_address", "{who} is at the address by position, not confirmed", "{who} ist der Position nach an der Adresse, nicht bestätigt")
happened("left_address", "{who} is not at the address any more, by position", "{who} ist der Position nach nicht mehr an der Adresse")
happened("still_going_asked", "{who} is silent on the way: asked “still going\\?”", "{who} schweigt unterwegs: „Noch unterwegs\\?“ gefragt")
happened("heard", "Sign of life of {who}", "Lebenszeichen von {who}")
happened("danger_reported", "{who} is in danger", "{who} ist in Gefahr")
happened("danger_ended", "{who} is out of the danger that they reported", "{who} ist außer der gemeldeten Gefahr")
happened("covered", "Covered: enough said yes", "Versorgt: genug haben zugesagt")
happened("uncovered", "A place is free again", "Ein Platz ist wieder frei")
happened("scene_changed", "Scene: {scene}", "Einsatzstelle: {scene}", lambda d, scene: d["scene"] == scene)
happened("moved", "Moved to another place", "An einen anderen Ort verlegt", lambda d: not d.get("address_doubtful"))
happened("moved", "Moved to another place; the address is that of the old one", "An einen anderen Ort verlegt; die Adresse ist die des alten",
         lambda d: d.get("address_doubtful", False))
happened("address_changed", "Address changed", "Adresse geändert")
happened("address_removed", "Address removed", "Adresse entfernt")
happened("address_confirmed", "Address is right for the new place too", "Adresse stimmt auch für den neuen Ort")
happened("kind_changed", "What happened: {kind}", "Was geschehen ist: {kind}", lambda d, kind: d["kind"] == kind)
happened("patient_changed", "Patient’s age: {years}", "Alter des Patienten: {years}", lambda d, years: d.get("age_y") == years)
happened("patient_changed", "Patient’s age is not known", "Alter des Patienten unbekannt", lambda d: d.get("age_y") is None)
happened("ems_eta_changed", "Ambulance expected at {at}", "Rettungsdienst erwartet um {at}", lambda d, at: minute(at, d.get("at")))
happened("ems_eta_changed", "Ambulance’s time is not known", "Zeit des Rettungsdienstes unbekannt", lambda d: d.get("at") is None)
happened("noted", "Note", "Notiz")
happened("message_sent", "Message to those who said yes", "Nachricht an alle, die zugesagt haben")
happened("open_for_long", "Open for long: somebody should look", "Schon lange offen: jemand sollte nachsehen")
happened("closed", "Closed: {outcome}", "Geschlossen: {outcome}", lambda d, outcome: d["outcome"] == outcome)
happened("reopened", "Opened again", "Wieder geöffnet")
happened("acknowledged", "Alarm acknowledged: {alarm}", "Alarm quittiert: {alarm}", lambda d, alarm: d["alarm"] == alarm)
