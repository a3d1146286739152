// The coordinator's view: all responders on the left, and beside them who can be reached, or one of them.
import { useLayoutEffect, useRef } from "preact/hooks";
import "../../styles/roster.css";
import type { RosterPlace } from "../../state/store.ts";
import { ENROL, FOLLOW_UPS, responderLink } from "../route.ts";
import { Enrol } from "./enrol.tsx";
import { FollowUps } from "./follow-ups.tsx";
import { Overview } from "./overview.tsx";
import { PeopleList } from "./people-list.tsx";
import { Person } from "./person.tsx";
import { usePeople } from "./use-people.ts";

export function Roster({ place }: { place: RosterPlace }) {
  const people = usePeople();
  const before = useRef<RosterPlace>(place);
  useLayoutEffect(() => {
    const left = before.current;
    before.current = place;
    if (place.at !== "list" || left.at === "list") return;
    // back to where one came from
    const link = left.at === "one" ? responderLink(left.id) : left.at === "enrol" ? ENROL : FOLLOW_UPS;
    const row = document.querySelector<HTMLElement>(`.roster a[href="${CSS.escape(link)}"]`);
    (row ?? document.querySelector<HTMLElement>(".people-list h1"))?.focus();
  }, [place]);
  return (
    <div class={`roster roster-${place.at}`}>
      <PeopleList people={people} place={place} />
      {place.at === "list" && <Overview />}
      {place.at === "follow-ups" && <FollowUps />}
      {place.at === "enrol" && <Enrol people={people} />}
      {place.at === "one" && <Person key={place.id} id={place.id} people={people} />}
    </div>
  );
}
