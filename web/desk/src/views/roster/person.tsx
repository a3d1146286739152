// One responder: may they be alerted, by which phones, and what they are handed.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Phone, Responder } from "../../api/types.ts";
import { word as deskWord } from "../../words/i18n.ts";
import { openRoster } from "../route.ts";
import { Failed, focusSoon, useAsk } from "./ask.tsx";
import { ChangePerson } from "./change.tsx";
import { SignIn } from "./code.tsx";
import { Phones } from "./phones.tsx";
import { Trackers } from "./trackers.tsx";
import type { People } from "./use-people.ts";
import { dayAndTime, t, word } from "./words.ts";

export function Person({ id, people }: { id: string; people: People }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { error, ask } = useAsk();
  const phones = usePhones(id);
  const one = people.get(id);
  // somebody else may have changed them since the list was read
  const read = () => void ask(() => roster.one(id), people.put);
  useEffect(read, []);
  useLayoutEffect(() => heading.current?.focus(), [one === undefined]);
  return (
    <section class="rosterside person-page" aria-labelledby="person-name">
      <button type="button" class="plain back" onClick={openRoster}>
        ← {t("back")} <kbd>Esc</kbd>
      </button>
      <header class="sidehead">
        <h1 id="person-name" tabIndex={-1} ref={heading}>
          {one?.name ?? id}
        </h1>
        {one && <span class={`standing standing-${one.state}`}>{word("state", one.state)}</span>}
      </header>
      <Failed error={error} again={read} />
      {!one && !error && <p role="status">{t("reading")}</p>}
      {one && (
        <>
          <Standing one={one} phones={phones.items} put={people.put} />
          <About one={one} put={people.put} />
          <Phones one={one} {...phones} />
          <SignIn one={one} />
          <Trackers one={one} />
        </>
      )}
    </section>
  );
}

function usePhones(id: string) {
  const [items, setItems] = useState<Phone[] | null>(null);
  const { busy, error, ask } = useAsk();
  const read = () =>
    void ask(
      () => roster.phones(id),
      (found) => setItems(found.items),
    );
  useEffect(read, []);
  const removed = ({ device_id }: Phone) =>
    setItems((old) => old?.filter((it) => it.device_id !== device_id) ?? null);
  return { items, busy, error, read, removed };
}

interface StandingProps {
  one: Responder;
  phones: Phone[] | null;
  put: (one: Responder) => void;
}

/** Whether they may be alerted, what comes next, and the two ways to change it. */
function Standing({ one, phones, put }: StandingProps) {
  const [sure, setSure] = useState(false);
  const [said, setSaid] = useState("");
  const { busy, error, ask } = useAsk();
  const change = (question: (id: string) => Promise<Responder>) =>
    void ask(
      () => question(one.id),
      (changed) => {
        put(changed);
        setSure(false);
        setSaid(t("changed", { name: changed.name, state: word("state", changed.state) }));
        focusSoon("person-name");
      },
    );
  const next =
    one.state === "verified" && phones !== null && phones.length === 0
      ? t("next.no_phone")
      : word("next", one.state);
  return (
    <section class="actions" aria-label={t("standing.title")}>
      <p class="does">{next}</p>
      <p class="unseen" role="status">
        {said}
      </p>
      <div class="buttons">
        {one.state !== "verified" && (
          <button type="button" class="primary" disabled={busy} onClick={() => change(roster.verify)}>
            {busy && !sure ? t("verify.busy") : t("verify.go", { name: one.name })}
          </button>
        )}
        {one.state !== "suspended" && (
          <button type="button" class="grave" aria-expanded={sure} onClick={() => setSure(!sure)}>
            {t("suspend.open")}
          </button>
        )}
      </div>
      {sure && (
        <Sure
          does={t("suspend.does", { name: one.name })}
          go={busy ? t("suspend.busy") : t("suspend.go", { name: one.name })}
          busy={busy}
          run={() => change(roster.suspend)}
          cancel={() => setSure(false)}
        />
      )}
      <Failed error={error} />
    </section>
  );
}

interface SureProps {
  does: string;
  go: string;
  busy: boolean;
  run: () => void;
  cancel: () => void;
}

/** Says what it will do before it does it. */
export function Sure({ does, go, busy, run, cancel }: SureProps) {
  const box = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.querySelector<HTMLElement>("button")?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
    return () => before?.focus();
  }, []);
  return (
    <form
      ref={box}
      class="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        cancel();
      }}
    >
      <p class="does">{does}</p>
      <div class="buttons">
        <button type="submit" class="danger" disabled={busy}>
          {go}
        </button>
        <button type="button" class="plain" onClick={cancel}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

/** What is known of them, and the form that changes it. */
function About({ one, put }: { one: Responder; put: (one: Responder) => void }) {
  const [changing, setChanging] = useState(false);
  const [said, setSaid] = useState("");
  const close = (changed: Responder | null) => {
    if (changed) put(changed);
    setSaid(changed ? t("change.done", { name: changed.name }) : "");
    setChanging(false);
    focusSoon("change-open");
  };
  return (
    <section aria-label={t("change.title")}>
      {changing ? (
        <ChangePerson one={one} close={close} />
      ) : (
        <>
          <Facts one={one} />
          <button type="button" id="change-open" onClick={() => setChanging(true)}>
            {t("change.open")}
          </button>
        </>
      )}
      <p class="unseen" role="status">
        {said}
      </p>
    </section>
  );
}

function Facts({ one }: { one: Responder }) {
  const facts: [string, string | null | undefined][] = [
    [t("fact.id"), one.id],
    [t("fact.phone"), one.phone],
    [t("fact.skills"), one.skills.map((skill) => deskWord("skill", skill)).join(", ") || t("fact.no_skills")],
    [t("fact.travel"), word("travel", one.travel)],
    [t("fact.exercises"), one.exercises ? t("fact.exercises_yes") : t("fact.exercises_no")],
    [t("fact.duty"), duty(one)],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {name === t("fact.phone") ? (
                <a href={`tel:${String(value).replaceAll(/[^+\d]/g, "")}`}>{value}</a>
              ) : (
                value
              )}
            </dd>
          </div>
        ))}
    </dl>
  );
}

function duty({ on_duty, duty_until }: Responder): string {
  const is = on_duty ? t("duty.on") : t("duty.off");
  return duty_until ? t("duty.until", { duty: is, until: dayAndTime(duty_until) }) : is;
}
