// An incident's log and the names of its people, read again when the incident changed.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { Incident, LogItem, Person } from "../api/types.ts";
import { set } from "../state/store.ts";
import { rings } from "./rings.ts";

/** Changes come in bunches: the log is read once they rest for so long, milliseconds. */
const REST_MS = 400;

export interface Story {
  items: LogItem[];
  people: ReadonlyMap<string, Person>;
  failed: boolean;
}

export function useLog(incident: Incident): Story {
  const [story, setStory] = useState<Story>({ items: [], people: new Map(), failed: false });
  useEffect(() => {
    let gone = false;
    const read = async () => {
      const [log, people] = await Promise.allSettled([api.log(incident.id), api.people(incident.id)]);
      if (gone) return;
      setStory((old) => ({
        items: log.status === "fulfilled" ? log.value.items : old.items,
        people:
          people.status === "fulfilled"
            ? new Map(people.value.items.map((person) => [person.responder_id, person]))
            : old.people,
        failed: log.status === "rejected",
      }));
    };
    const timer = setTimeout(() => void read(), story.items.length === 0 ? 0 : REST_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [incident]);
  useEffect(() => {
    set({ rings: rings(story.items) });
    return () => set({ rings: [] });
  }, [story.items]);
  return story;
}
