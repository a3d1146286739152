// What happened, when, by whom and why. The newest stands first: that is what is read in a call.
import { useState } from "preact/hooks";
import type { Incident, LogItem } from "../api/types.ts";
import { clockTime, t, word } from "../words/i18n.ts";
import { logWords } from "../words/sentences.ts";
import type { Story } from "./use-log.ts";

/** Steps of single phones: what most people do not want to read. */
const SMALL = ["sent", "received", "seen", "heard", "alerted"];

export function Timeline({ incident, story }: { incident: Incident; story: Story }) {
  const [all, setAll] = useState(false);
  const items = story.items.filter((item) => all || !SMALL.includes(item.type)).toReversed();
  const who = (id: string) => story.people.get(id)?.name ?? id;
  const asked = new Map(incident.alerts.map((alert) => [alert.id, who(alert.responder_id)]));
  return (
    <section class="timeline" data-version={story.items.at(-1)?.version}>
      <h2>{t("timeline.title")}</h2>
      <label class="check">
        <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />{" "}
        {t("timeline.all")}
      </label>
      {story.failed && <p class="error">{t("timeline.failed")}</p>}
      <ol>
        {items.map((item) => (
          <li key={item.seq} class={`event event-${item.type}`}>
            <time dateTime={item.at}>{clockTime(item.at)}</time>
            <span>
              {logWords(item, asked.get(item.alert_id ?? "") ?? "")}
              {item.text && <q>{item.text}</q>}
              <small>{by(item, who)}</small>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function by({ actor }: LogItem, who: (id: string) => string): string {
  if (actor.role === "timer" || actor.role === "provider") return word("actor", actor.role);
  if (actor.role === "responder") return "";
  return `${actor.subject}, ${word("role", actor.role)}`.replace(/^, /, who(actor.subject));
}
