// A new incident, by keyboard: nothing but a kind and a place is asked for.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Report } from "../api/types.ts";
import { raise } from "../state/choosing.ts";
import { now } from "../state/clock.ts";
import { draft, forgetDraft, keepDraft } from "../state/drafts.ts";
import { formFacts, home, readFormFacts, useFormFacts } from "../state/form-facts.ts";
import { kindOf } from "../state/kinds.ts";
import { distanceM, doubt, maybeSame, type Point } from "../state/place.ts";
import { Raising } from "../state/raising.ts";
import { change, set, useStore } from "../state/store.ts";
import { type Message, t, word } from "../words/i18n.ts";
import { useLeave } from "./discard.tsx";
import { errorText } from "./errors.ts";
import { type Fields, readFields, sameFields, writeFields } from "./fields.ts";
import { Doubtful, Same, Warnings } from "./form-checks.tsx";
import { newKey } from "./key.ts";
import { KindField } from "./kind-field.tsx";
import { PlaceField } from "./place-field.tsx";
import { openIncident } from "./route.ts";
import { Trying, useTrying } from "./trying.tsx";

const SCENES = ["safe", "unknown", "unsafe"] as const;
const PLACES = ["unknown", "private", "public", "care"] as const;
/** A place that is moved by less is still at the address that was chosen, metres. */
const SAME_HOUSE_M = 50;

/** The name of this form among what was typed. */
const DRAFT = "incident";

/** What was typed, and under which key it is sent. */
interface Draft {
  fields: Fields;
  point: Point | null;
  raising: Raising;
}

export function Form() {
  const [kind, setKind] = useState(word("kind", "cardiac_arrest"));
  const [point, setPoint] = useState<Point | null>(null);
  const [line, setLine] = useState("");
  // an address that was chosen together with its place
  const found = useRef<{ line: string; at: Point } | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  // the kind is asked about from when its field is left, and believed at the second try
  const [kindLeft, setKindLeft] = useState(false);
  const [kindAsked, setKindAsked] = useState<string | null>(null);
  const [state, setState] = useState<{
    busy: boolean;
    /** Since when an answer is waited for, by this machine's clock. */
    since?: number;
    error: string | null;
    warnings: string[];
    id?: string;
  }>({
    busy: false,
    error: null,
    warnings: [],
  });
  const form = useRef<HTMLFormElement>(null);
  // one key for each call: a repeat after a lost answer raises nothing twice
  const raising = useRef(draft<Draft>(DRAFT)?.raising ?? new Raising(newKey()));
  const empty = useRef<Fields>({});
  const trying = useTrying(state.since ?? null);
  const incidents = useStore((it) => it.known.incidents);
  useFormFacts();
  const doubtful = point ? doubt(point, home()) : null;
  const same = point ? maybeSame(point, incidents.values(), now()) : [];

  // before the next key arrives, not after the next picture: who types at once loses no letter
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const first = form.current?.querySelector<HTMLInputElement>("#kind");
    first?.focus();
    first?.select();
    void readFormFacts();
    const kept = draft<Draft>(DRAFT);
    if (form.current) empty.current = readFields(form.current);
    if (form.current && kept) {
      writeFields(form.current, kept.fields);
      setPoint(kept.point);
    }
    return () => {
      raising.current.stop();
      before?.focus();
    };
  }, []);
  useEffect(() => {
    // the map does not go where the call is probably not
    set({ draft: doubtful ? null : point });
    return () => set({ draft: null });
  }, [point?.lat, point?.lon]);

  /** A place; an address that was chosen with another one does not stay with it. */
  function place(next: Point | null) {
    setPoint(next);
    const before = found.current;
    if (before && next && distanceM(before.at, next) > SAME_HOUSE_M) {
      setLine((line) => (line === before.line ? "" : line));
      found.current = null;
    }
  }

  function take(address: string, at: Point) {
    setPoint(at);
    setLine((line) => (line === "" || line === found.current?.line ? address : line));
    found.current = { line: address, at };
  }

  /** One of the offers: its button goes with the question, and the cursor stays in the form. */
  function takeInstead(next: Point) {
    place(next);
    form.current?.querySelector<HTMLElement>("#place")?.focus();
  }

  // after each drawing: a choice, a letter, a click on the map
  useEffect(keep);

  function keep() {
    if (!form.current) return;
    const fields = readFields(form.current);
    if (sameFields(fields, empty.current)) forgetDraft(DRAFT);
    else keepDraft(DRAFT, { fields, point, raising: raising.current } satisfies Draft);
  }

  /** Steps aside; what was typed is there again when the form is opened. */
  const close = () => set({ form: false, picking: null });
  const { leave, question } = useLeave(DRAFT, close);

  async function send(event?: Event) {
    event?.preventDefault();
    if (state.busy) return;
    if (!kind.trim()) return setState({ ...state, error: t("form.kind_missing") });
    if (!point) {
      form.current?.querySelector<HTMLInputElement>("#place")?.focus();
      return setState({ ...state, error: t("form.place_missing") });
    }
    const there = `${point.lat} ${point.lon}`;
    const named = kindOf(kind, formFacts().kinds);
    // what is doubtful is asked about once, and then believed
    const stop = doubtful && (doubtful.doubt === "impossible" || asked !== there);
    if (stop || (!named.known && kindAsked !== kind)) {
      setAsked(there);
      setKindLeft(true);
      setKindAsked(kind);
      return setState({ ...state, error: null });
    }
    setState({ busy: true, since: Date.now(), error: null, warnings: [] });
    try {
      const report = read(new FormData(form.current as HTMLFormElement), named.code, point);
      const { incident, first } = await raise(raising.current, report);
      forgetDraft(DRAFT);
      change({ type: "incident", incident });
      const warnings = first ? ["as_first_sent", ...incident.warnings] : incident.warnings;
      if (warnings.length > 0) return setState({ busy: false, error: null, warnings, id: incident.id });
      close();
      openIncident(incident.id);
    } catch (error) {
      setState({ busy: false, error: errorText(error), warnings: [] });
    }
  }

  function keys(event: KeyboardEvent) {
    if (event.key === "Escape") leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send(event);
  }

  if (state.id) return <Warnings warnings={state.warnings} id={state.id} close={close} />;
  return (
    <div role="dialog" aria-labelledby="form-title">
      {trying > 0 && <Trying seconds={trying} stop={() => raising.current.stop()} />}
      <form
        ref={form}
        class="form"
        onSubmit={send}
        onKeyDown={keys}
        onInput={keep}
        onChange={keep}
        inert={trying > 0}
        noValidate
      >
        <header>
          <h1 id="form-title">{t("form.title")}</h1>
          <button type="button" class="plain" onClick={leave}>
            {t("cancel")} <kbd>Esc</kbd>
          </button>
        </header>
        {question}
        <KindField
          id="kind"
          typed={kind}
          onTyped={setKind}
          asking={kindLeft}
          asked={kindAsked === kind}
          onLeft={() => setKindLeft(true)}
        />
        <PlaceField id="place" point={point} onPoint={place} onFound={take} />
        {point && doubtful && (
          <Doubtful doubt={doubtful} asked={asked === `${point.lat} ${point.lon}`} instead={takeInstead} />
        )}
        {same.length > 0 && <Same incidents={same} close={close} />}
        <Choice name="scene" legend="form.scene" words={SCENES} chosen="unknown" />
        <div class="pair">
          <Text name="line" label="form.line" value={line} onValue={setLine} />
          <Text name="floor" label="form.floor" />
        </div>
        <div class="pair">
          <Text name="entry_code" label="form.code" />
          <Text name="notes" label="form.notes" />
        </div>
        <div class="pair">
          <Text name="ems" label="form.ems" mode="numeric" />
          <Text name="age" label="form.age" mode="numeric" />
        </div>
        <Choice name="place_kind" legend="form.place_kind" words={PLACES} chosen="unknown" />
        <label class="check">
          <input type="checkbox" name="exercise" /> {t("form.exercise")}
        </label>
        <p class="error" role="alert">
          {state.error}
        </p>
        <button type="submit" class="primary wide" disabled={state.busy}>
          {state.busy ? t("form.sending") : t("form.send")} <kbd>Ctrl ↵</kbd>
        </button>
      </form>
    </div>
  );
}

/** The report as it is sent; what was left empty is left out. */
export function read(data: FormData, kind: string, point: Point): Report {
  const text = (name: string) => String(data.get(name) ?? "").trim();
  const count = (name: string) => {
    const value = Number(text(name).replace(",", "."));
    return text(name) !== "" && Number.isFinite(value) && value >= 0 ? value : null;
  };
  const address: NonNullable<Report["address"]> = {};
  for (const name of ["line", "floor", "entry_code", "notes"] as const) {
    if (text(name)) address[name] = text(name);
  }
  const [ems, age] = [count("ems"), count("age")];
  return {
    kind,
    location: point,
    scene: text("scene") || "unknown",
    place: text("place_kind") || "unknown",
    exercise: data.get("exercise") !== null,
    ...(Object.keys(address).length > 0 && { address }),
    ...(ems !== null && { ems_eta_s: Math.round(ems * 60) }),
    ...(age !== null && { patient: { age_y: age } }),
  };
}

interface TextProps {
  name: string;
  label: Message;
  mode?: "numeric";
  /** For a text that something else may fill in as well. */
  value?: string;
  onValue?: (value: string) => void;
}

function Text({ name, label, mode, value, onValue }: TextProps) {
  const filled = onValue && {
    value,
    onInput: (event: InputEvent) => onValue((event.currentTarget as HTMLInputElement).value),
  };
  return (
    <div>
      <label for={`form-${name}`}>{t(label)}</label>
      <input
        id={`form-${name}`}
        name={name}
        autocomplete="off"
        maxLength={500}
        inputMode={mode ?? "text"}
        {...filled}
      />
    </div>
  );
}

interface ChoiceProps {
  name: string;
  legend: Message;
  words: readonly string[];
  chosen: string;
}

function Choice({ name, legend, words, chosen }: ChoiceProps) {
  return (
    <fieldset class="choice">
      <legend>{t(legend)}</legend>
      {words.map((code) => (
        <label key={code}>
          <input type="radio" name={name} value={code} defaultChecked={code === chosen} />
          <span>{word(name, code)}</span>
        </label>
      ))}
    </fieldset>
  );
}
