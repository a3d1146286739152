// What is known of how many want to be called after an incident. Pure.

/** How many are to be called, as far as it was heard. */
export interface ToCall {
  /** Nobody has taken them. */
  waiting: number;
  /** Whoever looks has taken them. */
  mine: number;
  /** The last count could not be had. */
  lost: boolean;
}

export const NOT_HEARD: ToCall = { waiting: 0, mine: 0, lost: false };
