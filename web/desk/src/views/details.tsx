// One form that corrects what is known of an incident: place, address and access, kind, patient, kind of place.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { KINDS } from "../../../shared/kinds.ts";
import { doesCorrections } from "../../../shared/sentences/desk/does.ts";
import { api } from "../api/client.ts";
import type { Incident } from "../api/types.ts";
import {
  ADDRESS_PARTS,
  type AddressPart,
  type Draft,
  draftOf,
  isFar,
  leavesDoubt,
  patchOf,
} from "../state/corrections.ts";
import { forgetDraft, keepDraft, draft as keptDraft } from "../state/drafts.ts";
import { home } from "../state/form-facts.ts";
import { doubt, type Point } from "../state/place.ts";
import { change, set } from "../state/store.ts";
import { type Message, t, word } from "../words/i18n.ts";
import { addressDoubt, said } from "../words/sentences.ts";
import { useLeave } from "./discard.tsx";
import { errorText } from "./errors.ts";
import { Doubtful } from "./form-checks.tsx";
import { PlaceField } from "./place-field.tsx";

const PLACES = ["unknown", "private", "public", "care"];
const LABELS: Record<AddressPart, Message> = {
  line: "form.line",
  place_name: "fact.name",
  floor: "form.floor",
  entry_code: "form.code",
  notes: "form.notes",
  grid: "fact.grid",
};

export function Details({ incident, done }: { incident: Incident; done: () => void }) {
  // what was known when the form was opened: a change by somebody else meanwhile is not undone by it
  const name = `${incident.id} details`;
  const kept = keptDraft<{ before: Incident; draft: Draft }>(name);
  const [before] = useState(kept?.before ?? incident);
  const [draft, setDraft] = useState<Draft>(() => kept?.draft ?? draftOf(before));
  const { leave, discard, question } = useLeave(name, done);
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const [asked, setAsked] = useState<Point | null>(null);
  const box = useRef<HTMLFormElement>(null);
  const doubtful = draft.point ? doubt(draft.point, home()) : null;
  const patch = patchOf(before, draft);
  useLayoutEffect(() => {
    box.current?.querySelector<HTMLElement>("select, input")?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    set({ draft: doubtful ? null : draft.point });
    return () => set({ draft: null });
  }, [draft.point?.lat, draft.point?.lon]);
  useEffect(() => {
    if (patch) keepDraft(name, { before, draft });
    else forgetDraft(name);
  }, [name, draft]);
  const put = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));

  async function run(event: Event) {
    event.preventDefault();
    if (!patch || state.busy) return;
    if (doubtful && (doubtful.doubt === "impossible" || asked !== draft.point)) return setAsked(draft.point);
    setState({ busy: true, error: null });
    try {
      change({ type: "incident", incident: await api.patch(before.id, patch) });
      discard();
    } catch (error) {
      setState({ busy: false, error: errorText(error) });
    }
  }

  const kinds = KINDS.includes(before.kind as (typeof KINDS)[number]) ? KINDS : [before.kind, ...KINDS];
  return (
    <form
      ref={box}
      class="confirm details"
      aria-label={t("action.details")}
      onSubmit={run}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          leave();
        }
        if (event.key === "Enter" && event.ctrlKey) void run(event);
      }}
    >
      <label for="details-kind">{t("form.kind")}</label>
      <select
        id="details-kind"
        value={draft.kind}
        onChange={(event) => put({ kind: event.currentTarget.value })}
      >
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {word("kind", kind)}
          </option>
        ))}
      </select>
      <PlaceField
        id="details-place"
        point={draft.point}
        onPoint={(point) => put({ point })}
        // an address that is chosen is that of its place: the old one goes with the old place
        onFound={(line, point) => put({ point, address: { ...draft.address, line } })}
      />
      <p class="quiet">{t("details.place_hint")}</p>
      {doubtful && (
        <Doubtful doubt={doubtful} asked={asked === draft.point} instead={(point) => put({ point })} />
      )}
      <div class="pair">
        {ADDRESS_PARTS.map((part) => (
          <div key={part}>
            <label for={`details-${part}`}>{t(LABELS[part])}</label>
            <input
              id={`details-${part}`}
              autocomplete="off"
              maxLength={500}
              value={draft.address[part]}
              onInput={(event) => put({ address: { ...draft.address, [part]: event.currentTarget.value } })}
            />
          </div>
        ))}
      </div>
      {patch && (draft.confirmed || leavesDoubt(before, draft, patch)) && (
        <label class="check">
          <input
            type="checkbox"
            checked={draft.confirmed}
            onChange={(event) => put({ confirmed: event.currentTarget.checked })}
          />{" "}
          {t("address.right")}
        </label>
      )}
      <div class="pair">
        <div>
          <label for="details-age">{t("form.age")}</label>
          <input
            id="details-age"
            inputMode="numeric"
            autocomplete="off"
            maxLength={3}
            value={draft.age}
            onInput={(event) => put({ age: event.currentTarget.value })}
          />
        </div>
        <div>
          <label for="details-place-kind">{t("form.place_kind")}</label>
          <select
            id="details-place-kind"
            value={draft.place}
            onChange={(event) => put({ place: event.currentTarget.value })}
          >
            {PLACES.map((code) => (
              <option key={code} value={code}>
                {word("place_kind", code)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {question}
      <p class="does">{patch ? willDo(incident, before, draft) : t("details.nothing")}</p>
      <p class="error" role="alert">
        {state.error}
      </p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={state.busy || !patch}>
          {t("action.details.go")}
        </button>
        <button type="button" class="plain" onClick={leave}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

/** What sending will do. Of an age or a kind of place there is nothing more to say. */
function willDo(incident: Incident, before: Incident, draft: Draft): string {
  const patch = patchOf(before, draft) ?? {};
  const place = draft.point ? (isFar(before, draft.point) ? "far" : "near") : null;
  const address =
    patch.address === undefined ? (leavesDoubt(before, draft, patch) ? "kept" : null) : "changed";
  const kept = address === "kept" && draft.confirmed ? null : address;
  const sentences = doesCorrections(incident, { place, address: kept, kind: patch.kind !== undefined });
  return sentences.length > 0 ? said(sentences, " ") : t("details.known");
}

/** The address belongs to an earlier place: is it right, or is there none? */
export function AddressDoubt({ incident }: { incident: Incident }) {
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  async function send(patch: { address_confirmed: true } | { address: null }) {
    setState({ busy: true, error: null });
    try {
      change({ type: "incident", incident: await api.patch(incident.id, patch) });
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error: errorText(error) });
    }
  }
  return (
    <div class="ask">
      <p>{addressDoubt()}</p>
      <div class="buttons">
        <button type="button" disabled={state.busy} onClick={() => void send({ address_confirmed: true })}>
          {t("address.right")}
        </button>
        <button type="button" disabled={state.busy} onClick={() => void send({ address: null })}>
          {t("address.remove")}
        </button>
      </div>
      {state.error && (
        <p class="error" role="alert">
          {state.error}
        </p>
      )}
    </div>
  );
}
