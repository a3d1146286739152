// What a page knows, in one place; its parts are drawn again when they are others.
import { useEffect, useState } from "preact/hooks";

export class Store<State> {
  private state: State;
  private readonly listeners = new Set<() => void>();

  constructor(start: State) {
    this.state = start;
  }

  readonly get = () => this.state;

  readonly set = (part: Partial<State>): void => {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** A part of the store, for a component; it is drawn again when that part is another. */
  readonly use = <T>(pick: (state: State) => T): T => {
    const [part, setPart] = useState(() => ({ value: pick(this.state) }));
    useEffect(() => {
      const look = () => {
        const value = pick(this.state);
        setPart((old) => (Object.is(old.value, value) ? old : { value }));
      };
      look();
      return this.subscribe(look);
    }, []);
    return part.value;
  };
}
