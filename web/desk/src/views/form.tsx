// A new incident, by keyboard: nothing but a kind and a place is asked for.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { KINDS } from "../../../shared/kinds.ts";
import { api } from "../api/client.ts";
import type { Report } from "../api/types.ts";
import { now } from "../state/clock.ts";
import { doubt, maybeSame, middle, type Point } from "../state/place.ts";
import { change, get, set, useStore } from "../state/store.ts";
import { type Message, t, word } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { Doubtful, Same, Warnings } from "./form-checks.tsx";
import { newKey } from "./key.ts";
import { PlaceField } from "./place-field.tsx";
import { openIncident } from "./route.ts";

const SCENES = ["safe", "unknown", "unsafe"] as const;
const PLACES = ["unknown", "private", "public", "care"] as const;

/** Where calls come from: told by the server, or the middle of what is open. */
export const home = (): Point | null => get().map?.centre ?? middle(get().known.incidents.values());

/** The kind as the server's word: what was chosen by its name, or what was typed. */
function kindCode(typed: string): string {
  const plain = typed.trim();
  return KINDS.find((code) => word("kind", code).toLowerCase() === plain.toLowerCase()) ?? plain;
}

export function Form() {
  const [kind, setKind] = useState(word("kind", "cardiac_arrest"));
  const [point, setPoint] = useState<Point | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const [state, setState] = useState<{
    busy: boolean;
    error: string | null;
    warnings: string[];
    id?: string;
  }>({
    busy: false,
    error: null,
    warnings: [],
  });
  const form = useRef<HTMLFormElement>(null);
  // one key for each form: a repeat after a lost answer raises nothing twice
  const key = useRef(newKey());
  const incidents = useStore((it) => it.known.incidents);
  const doubtful = point ? doubt(point, home()) : null;
  const same = point ? maybeSame(point, incidents.values(), now()) : [];

  // before the next key arrives, not after the next picture: who types at once loses no letter
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const first = form.current?.querySelector<HTMLInputElement>("#kind");
    first?.focus();
    first?.select();
    return () => before?.focus();
  }, []);
  useEffect(() => {
    // the map does not go where the call is probably not
    set({ draft: doubtful ? null : point });
    return () => set({ draft: null });
  }, [point?.lat, point?.lon]);

  const close = () => set({ form: false, picking: null });

  async function send(event?: Event) {
    event?.preventDefault();
    if (state.busy) return;
    if (!kind.trim()) return setState({ ...state, error: t("form.kind_missing") });
    if (!point) {
      form.current?.querySelector<HTMLInputElement>("#place")?.focus();
      return setState({ ...state, error: t("form.place_missing") });
    }
    const place = `${point.lat} ${point.lon}`;
    // a doubtful place is asked about once, and then believed
    if (doubtful && (doubtful.doubt === "impossible" || asked !== place)) {
      setAsked(place);
      return setState({ ...state, error: null });
    }
    setState({ busy: true, error: null, warnings: [] });
    try {
      const report = read(new FormData(form.current as HTMLFormElement), kindCode(kind), point);
      const incident = await api.raise(report, key.current);
      change({ type: "incident", incident });
      if (incident.warnings.length > 0) {
        return setState({ busy: false, error: null, warnings: incident.warnings, id: incident.id });
      }
      close();
      openIncident(incident.id);
    } catch (error) {
      setState({ busy: false, error: errorText(error), warnings: [] });
    }
  }

  function keys(event: KeyboardEvent) {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send(event);
  }

  if (state.id) return <Warnings warnings={state.warnings} id={state.id} close={close} />;
  return (
    <div role="dialog" aria-labelledby="form-title">
      <form ref={form} class="form" onSubmit={send} onKeyDown={keys} noValidate>
        <header>
          <h1 id="form-title">{t("form.title")}</h1>
          <button type="button" class="plain" onClick={close}>
            {t("cancel")} <kbd>Esc</kbd>
          </button>
        </header>
        <label for="kind">{t("form.kind")}</label>
        <input
          id="kind"
          list="kinds"
          autocomplete="off"
          maxLength={64}
          value={kind}
          onInput={(e) => setKind(e.currentTarget.value)}
        />
        <datalist id="kinds">
          {KINDS.map((code) => (
            <option key={code} value={word("kind", code)} />
          ))}
        </datalist>
        <PlaceField id="place" point={point} onPoint={setPoint} />
        {point && doubtful && (
          <Doubtful doubt={doubtful} asked={asked === `${point.lat} ${point.lon}`} instead={setPoint} />
        )}
        {same.length > 0 && <Same incidents={same} close={close} />}
        <Choice name="scene" legend="form.scene" words={SCENES} chosen="unknown" />
        <div class="pair">
          <Text name="line" label="form.line" />
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

function Text({ name, label, mode }: { name: string; label: Message; mode?: "numeric" }) {
  return (
    <div>
      <label for={`form-${name}`}>{t(label)}</label>
      <input id={`form-${name}`} name={name} autocomplete="off" maxLength={500} inputMode={mode ?? "text"} />
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
