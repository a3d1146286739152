// The page of every day: on duty or not, and whether this phone would be heard.
import { useEffect, useState } from "preact/hooks";
import { readMe } from "../state/life.ts";
import { lookAround } from "../state/ready.ts";
import { t } from "../words/i18n.ts";
import { BadgeView } from "./badge.tsx";
import { Duty } from "./duty.tsx";
import { Failing } from "./failing.tsx";
import { LineStrip } from "./line.tsx";
import { ReadyView, Summary } from "./ready.tsx";
import { SettingsView } from "./settings.tsx";

const TABS = ["duty", "ready", "badge", "settings"] as const;
type Tab = (typeof TABS)[number];

export function Home() {
  const [tab, setTab] = useState<Tab>("duty");
  useEffect(() => {
    void readMe();
    void lookAround();
  }, [tab]);
  return (
    <div class="home">
      <header>
        <LineStrip />
      </header>
      <div class="scroll">
        {tab === "duty" && (
          <main class="page">
            <Failing onMore={() => setTab("ready")} />
            <Duty />
            <Summary onMore={() => setTab("ready")} />
          </main>
        )}
        {tab === "ready" && <ReadyView />}
        {tab === "badge" && <BadgeView />}
        {tab === "settings" && <SettingsView />}
      </div>
      <nav class="tabs" aria-label={t("tabs")}>
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            aria-current={tab === one ? "page" : undefined}
            onClick={() => setTab(one)}
          >
            <TabSign of={one} />
            {t(`tab.${one}`)}
          </button>
        ))}
      </nav>
    </div>
  );
}

const SIGNS: Record<Tab, string> = {
  duty: "M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6Zm-2.500 16a2.500 2.500 0 0 0 5 0Z",
  ready: "m9.500 16.600-4.200-4.200L3.700 14l5.800 5.800L20.700 8.600 19.100 7Z",
  badge:
    "M5 4h14v16H5Zm7 3a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Zm-4 10h8c0-2-1.800-3.500-4-3.500S8 15 8 17Z",
  settings:
    "M4 6h10v2H4Zm12-1h2v4h-2Zm4 1h-2v2h2ZM4 11h4v2H4Zm6-1h2v4h-2Zm4 1h6v2h-6ZM4 16h8v2H4Zm10-1h2v4h-2Zm4 1h2v2h-2Z",
};

function TabSign({ of }: { of: Tab }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={SIGNS[of]} fill-rule="evenodd" />
    </svg>
  );
}
