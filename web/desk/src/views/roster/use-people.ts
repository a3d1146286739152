// The responders that were read so far, shared by the parts of the view.
import { useEffect, useState } from "preact/hooks";
import { roster } from "../../api/roster.ts";
import type { Responder } from "../../api/types.ts";
import { merged } from "../../state/roster.ts";
import { useAsk } from "./ask.tsx";

export interface People {
  items: readonly Responder[];
  /** Something was read. */
  read: boolean;
  /** There are more. */
  more: boolean;
  busy: boolean;
  error: unknown;
  /** Reads the next page. */
  next(): void;
  /** Somebody is new or has changed. */
  put(one: Responder): void;
  nameOf(id: string): string;
}

export function usePeople(): People {
  const [pages, setPages] = useState<{ items: Responder[]; after: string | null; read: boolean }>({
    items: [],
    after: null,
    read: false,
  });
  const { busy, error, ask } = useAsk();
  const next = () =>
    void ask(
      () => roster.page(pages.after),
      (page) =>
        setPages((old) => ({ items: merged(old.items, page.items), after: page.next ?? null, read: true })),
    );
  useEffect(next, []);
  return {
    items: pages.items,
    read: pages.read,
    more: pages.after !== null,
    busy,
    error,
    next,
    put: (one) => setPages((old) => ({ ...old, items: merged(old.items, [one]) })),
    nameOf: (id) => pages.items.find((one) => one.id === id)?.name ?? id,
  };
}
