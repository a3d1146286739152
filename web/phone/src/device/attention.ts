// Which of a person's phones can no longer be counted on. Pure.
import type { Attention, Me } from "../api/types.ts";

/** As the server says of all phones; takes the place of what was heard before. */
export const failing = ({ devices }: Me): Attention[] =>
  devices.flatMap(({ device_id, failing }) => (failing ? [{ device_id, why: failing }] : []));

/** One more was heard of; the newest word about a phone counts. */
export const noted = (known: readonly Attention[], { device_id, why }: Attention): Attention[] => [
  ...known.filter((one) => one.device_id !== device_id),
  { device_id, why },
];

/** What helps: this phone is repaired here, another has to be opened. */
export const isOwn = ({ device_id }: Attention, device: string | null | undefined) => device_id === device;

/** This phone's address is dead and could be another: browsers keep a subscription that ended. */
export const wantsNewAddress = (known: readonly Attention[], device: string) =>
  known.some((one) => isOwn(one, device) && one.why === "push_dead");
