// A list that is read by pages from the server and asked anew when the question changes: the answer to an
// older question is never shown as one to the newer.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { over } from "../state/desk.ts";

/** Somebody who types is waited for so long, milliseconds. */
const TYPING_MS = 250;

export interface PageOf<T> {
  items: T[];
  next?: string | null;
}

export interface Pages<T> {
  items: readonly T[];
  /** The items answer the question as it is now. */
  current: boolean;
  /** There are more. */
  more: boolean;
  busy: boolean;
  error: unknown;
  /** Reads the next page; after a failure, the one that failed. */
  next(): void;
  /** Changes what was read, where somebody here changed it. */
  change(change: (items: readonly T[]) => readonly T[]): void;
}

interface Read<T> {
  items: readonly T[];
  after: string | null;
  /** The question that the items answer. */
  of: string | null;
}

/** `read` asks for the page after a cursor; `question` is what it asks, compared as JSON. */
export function usePages<T>(
  question: unknown,
  read: (after: string | null, signal: AbortSignal) => Promise<PageOf<T>>,
): Pages<T> {
  const key = JSON.stringify(question);
  const [pages, setPages] = useState<Read<T>>({ items: [], after: null, of: null });
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: true, error: null });
  const running = useRef<AbortController | null>(null);

  function ask(after: string | null) {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setState({ busy: true, error: null });
    read(after, mine.signal).then(
      (page) => {
        if (mine.signal.aborted) return;
        setPages((old) => ({
          items: after === null ? page.items : [...old.items, ...page.items],
          after: page.next ?? null,
          of: key,
        }));
        setState({ busy: false, error: null });
      },
      (error: unknown) => {
        if (mine.signal.aborted) return;
        if (error instanceof ApiError && error.problem.status === 401) over();
        setState({ busy: false, error });
      },
    );
  }

  useEffect(() => {
    // what is being read answers another question
    running.current?.abort();
    const timer = setTimeout(() => ask(null), pages.of === null ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [key]);
  useEffect(() => () => running.current?.abort(), []);

  const current = pages.of === key;
  return {
    items: pages.items,
    current,
    more: current && pages.after !== null,
    ...state,
    next: () => ask(current ? pages.after : null),
    change: (change) => setPages((old) => ({ ...old, items: change(old.items) })),
  };
}
