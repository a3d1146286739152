// What a role may do, so that nobody is shown what they may not.
import type { Session } from "../api/types.ts";

/** Roles that look after the responders. */
const LEADING = ["coordinator", "admin"];

/** Whether whoever is signed in may see and change the responders. */
export const leads = (session: Session | null | undefined) =>
  session != null && LEADING.includes(session.role);
