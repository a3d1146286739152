// What a report is checked against before it is sent: the kinds that plans name, and where calls come from.
import { Store } from "../../../shared/store.ts";
import { api } from "../api/client.ts";
import type { FormFacts } from "../api/types.ts";
import { type Home, homeOf, middle } from "./place.ts";
import { get } from "./store.ts";

const NONE: FormFacts = { kinds: [], areas: [] };

const facts = new Store<{ org: string | null; known: FormFacts }>({ org: null, known: NONE });

/** Reads them again; the browser keeps the answer for some minutes. Without an answer the old ones stay. */
export async function readFormFacts(): Promise<void> {
  const org = get().session?.org;
  if (!org) return;
  const known = await api.form().catch(() => null);
  if (known && get().session?.org === org) facts.set({ org, known });
}

/** Tells when they are others. */
export const onFormFacts = (listener: () => void) => facts.subscribe(listener);

/** What was read for the organisation that is signed in. */
const ofSession = ({ org, known }: ReturnType<typeof facts.get>) =>
  org === get().session?.org ? known : NONE;

export const formFacts = (): FormFacts => ofSession(facts.get());
export const useFormFacts = (): FormFacts => facts.use(ofSession);

/** Where calls come from, as far as it is known now. */
export function home(): Home {
  const { map, known } = get();
  return homeOf({
    centre: map?.centre,
    areas: formFacts().areas,
    bounds: map?.bounds as Home[number] | null | undefined,
    middle: middle(known.incidents.values()),
  });
}
