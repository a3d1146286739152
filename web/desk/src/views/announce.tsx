// Says new incidents and alarms to those who hear the page.
import { useEffect, useRef, useState } from "preact/hooks";
import { now } from "../state/clock.ts";
import { get, useStore } from "../state/store.ts";
import { useTime } from "../state/ticker.ts";
import { sounding } from "../state/urgency.ts";
import { t, word } from "../words/i18n.ts";
import { soundWords } from "../words/sentences.ts";
import { placeName } from "./place-name.ts";

/** More new ones at once are counted and not read out. */
const READ_OUT = 2;

export function Announce() {
  const known = useStore((state) => state.known);
  const connecting = useStore((state) => state.line.state === "connecting");
  const seen = useRef<Set<string> | null>(null);
  const [news, setNews] = useState("");
  const [alarm, setAlarm] = useState("");
  const rung = useRef<Set<string>>(new Set());
  const beat = useTime((at) => Math.floor(at / 1000));

  useEffect(() => {
    if (connecting) return;
    const open = [...known.incidents.values()].filter((one) => one.state !== "closed");
    const before = seen.current;
    seen.current = new Set(open.map((one) => one.id));
    // what was there when the page came is not new
    if (!before) return;
    const fresh = open.filter((one) => !before.has(one.id));
    if (fresh.length === 0) return;
    setNews(
      fresh.length <= READ_OUT
        ? fresh
            .map((one) => t("announce.new", { kind: word("kind", one.kind), place: placeName(one) }))
            .join(" ")
        : t("announce.many", { count: fresh.length }),
    );
  }, [known.incidents, connecting]);

  useEffect(() => {
    const all = sounding(known, get().choices, now());
    const fresh = all.filter((one) => !rung.current.has(`${one.incident.id} ${one.kind}`));
    rung.current = new Set(all.map((one) => `${one.incident.id} ${one.kind}`));
    const first = fresh[0];
    if (first)
      setAlarm(
        t("announce.alarm", {
          alarm: soundWords(first.incident, first.kind),
          place: placeName(first.incident),
        }),
      );
  }, [known, beat]);

  return (
    <>
      <div class="unseen" aria-live="polite">
        {news}
      </div>
      <div class="unseen" aria-live="assertive">
        {alarm}
      </div>
    </>
  );
}
