// The open incidents, the most urgent first, in the words that a caller is told.
import { useState } from "preact/hooks";
import type { Incident } from "../api/types.ts";
import { now, secondsSince } from "../state/clock.ts";
import { useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { alarms, byUrgency, heardBy, type Urgency, urgency } from "../state/urgency.ts";
import { number, t, word } from "../words/i18n.ts";
import { firstWords } from "../words/sentences.ts";
import { elapsed } from "../words/time.ts";
import { Figures, Mark } from "./mark.tsx";
import { memo } from "./memo.tsx";
import { placeName } from "./place-name.ts";
import { HISTORY, incidentLink } from "./route.ts";

/** Rows that are drawn before somebody asks for more: what is beyond is not urgent. */
const ROWS = 100;

type Group = "needs" | "looking" | "held" | "covered" | "exercise" | "closed";
const GROUP: Record<Urgency, Group> = {
  danger: "needs",
  nobody: "needs",
  alerting: "looking",
  held: "held",
  covered: "covered",
  exercise: "exercise",
  closed: "closed",
};

export function List() {
  const incidents = useStore((state) => state.known.incidents);
  const session = useStore((state) => state.session);
  const [rows, setRows] = useState(ROWS);
  // a minute that passes may make an incident urgent
  useTime((at) => Math.floor(at / 1000));
  const sorted = byUrgency(incidents.values(), now());
  const groups = new Map<Group, Incident[]>();
  const counts = new Map<Group, number>();
  for (const [n, { incident, kind }] of sorted.entries()) {
    const group = GROUP[kind];
    counts.set(group, (counts.get(group) ?? 0) + 1);
    if (n < rows) groups.set(group, [...(groups.get(group) ?? []), incident]);
  }
  // one that is closed and rings is not open, and stands among those that need somebody
  const open = sorted.filter(({ incident }) => incident.state !== "closed").length;
  const urgent = sorted.length - (counts.get("closed") ?? 0);
  return (
    <section class="list" aria-label={t("list.title")}>
      <h1 class="listhead">
        {t("list.open", { n: open })} <Share counts={counts} all={urgent} />
      </h1>
      {session && urgent === 0 && <p class="calm">{t("list.calm")}</p>}
      {[...groups].map(([group, items]) => (
        <Rows key={group} group={group} items={items} total={counts.get(group) ?? 0} />
      ))}
      {sorted.length > rows && (
        <button type="button" class="wide" onClick={() => setRows(rows + ROWS)}>
          {t("list.more", { rest: number(sorted.length - rows) })}
        </button>
      )}
      <p class="calm">
        <a href={HISTORY}>{t("list.history")}</a>
      </p>
    </section>
  );
}

/** The state of the whole desk as one line of colour. */
function Share({ counts, all }: { counts: Map<Group, number>; all: number }) {
  const parts = (["needs", "looking", "held", "covered"] as const).filter((group) => counts.get(group));
  if (all === 0) return null;
  return (
    <span class="share" aria-hidden="true">
      {parts.map((group) => (
        <i key={group} class={`share-${group}`} style={{ flexGrow: counts.get(group) ?? 0 }} />
      ))}
    </span>
  );
}

function Rows({ group, items, total }: { group: Group; items: Incident[]; total: number }) {
  const list = (
    <ol>
      {items.map((incident) => (
        <li key={incident.id}>
          <Row incident={incident} />
        </li>
      ))}
    </ol>
  );
  if (group === "closed") {
    return (
      <details class={`group group-${group}`}>
        <summary>{t(`group.${group}`, { count: number(total) })}</summary>
        {list}
      </details>
    );
  }
  return (
    <div class={`group group-${group}`}>
      <h2>{t(`group.${group}`, { count: number(total) })}</h2>
      {list}
    </div>
  );
}

const Row = memo(function Row({ incident }: { incident: Incident }) {
  const known = useStore((state) => state.known.spent);
  const kind = useTime((at) => urgency(incident, at));
  const words = useTime((at) => firstWords(incident, at));
  const seconds = useTime((at) => secondsSince(incident.called_at ?? incident.opened_at, at));
  const unheard = useTime((at) =>
    alarms(incident, at).some((one) => !heardBy({ incidents: new Map(), spent: known }, incident, one)),
  );
  return (
    <a class={`row row-${kind} ${unheard ? "row-unheard" : ""}`} href={incidentLink(incident.id)}>
      <Mark urgency={kind} />
      <span class="rowtext">
        <strong>{words}</strong>
        <span class="rowsub">
          {incident.exercise && <span class="tag">{t("exercise")}</span>}
          {word("kind", incident.kind)} · {placeName(incident)}
        </span>
      </span>
      <span class="rowside">
        {kind !== "closed" && <span class="elapsed">{elapsed(seconds)}</span>}
        {kind !== "closed" && <Figures incident={incident} />}
      </span>
    </a>
  );
});
