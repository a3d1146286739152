// The responders that the server found for what is typed and chosen, shared by the parts of the view.
import { useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Responder } from "../../api/types.ts";
import { EVERYBODY, type PeopleQuestion, replaced } from "../../state/roster.ts";
import { type Pages, usePages } from "../use-pages.ts";

export interface People extends Pages<Responder> {
  asked: PeopleQuestion;
  ask(question: PeopleQuestion): void;
  /** Somebody is new or has changed. */
  put(one: Responder): void;
  /** Somebody who was read, found or not. */
  get(id: string): Responder | undefined;
}

export function usePeople(): People {
  const [asked, ask] = useState<PeopleQuestion>(EVERYBODY);
  const [read, setRead] = useState<ReadonlyMap<string, Responder>>(new Map());
  const pages = usePages(asked, (after, signal) => roster.page(asked, after, signal));
  return {
    ...pages,
    asked,
    ask,
    put: (one) => {
      pages.change((items) => replaced(items, one));
      setRead((old) => new Map(old).set(one.id, one));
    },
    get: (id) => read.get(id) ?? pages.items.find((one) => one.id === id),
  };
}
