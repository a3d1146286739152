// One question to the server at a time, and what is shown when it went wrong.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { over } from "../../state/desk.ts";
import { failure, t } from "./words.ts";

interface Asking {
  busy: boolean;
  /** What went wrong last; null when nothing did. */
  error: unknown;
  /** Asks, unless an answer is still awaited; `done` hears it while the view is there. */
  ask<T>(question: () => Promise<T>, done: (answer: T) => void): Promise<void>;
  /** Forgets what went wrong. */
  calm(): void;
}

export function useAsk(): Asking {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const running = useRef(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  async function ask<T>(question: () => Promise<T>, done: (answer: T) => void): Promise<void> {
    if (running.current) return;
    running.current = true;
    setState({ busy: true, error: null });
    let error: unknown = null;
    try {
      const answer = await question();
      if (here.current) done(answer);
    } catch (caught) {
      error = caught;
      if (caught instanceof ApiError && caught.problem.status === 401) over();
    }
    running.current = false;
    if (here.current) setState({ busy: false, error });
  }
  return { ...state, ask, calm: () => setState((old) => ({ ...old, error: null })) };
}

/** Moves the focus when the next picture is there: what was pressed is in it no more. */
export const focusSoon = (id: string) => setTimeout(() => document.getElementById(id)?.focus());

interface FailedProps {
  error: unknown;
  /** What is said of a lost answer, where a repeat would happen twice. */
  lost?: string;
  /** Absent where the button that failed stands beside it. */
  again?: () => void;
}

/** What went wrong, with a way on. */
export function Failed({ error, lost, again }: FailedProps) {
  const unanswered = error instanceof ApiError && error.problem.status === 0;
  return (
    <div class="failed" role="alert">
      {error != null && (
        <p class="error">
          {unanswered && lost ? lost : failure(error)}{" "}
          {again && (
            <button type="button" onClick={again}>
              {t("again")}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
