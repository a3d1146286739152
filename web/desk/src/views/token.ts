// What a pasted token says about itself.
import type { Message } from "../words/i18n.ts";

/** Roles that may use the desk. */
const ROLES = ["call_handler", "coordinator", "admin"];

/** What a token says about itself, unchecked: enough to say why it will not do. */
export function readToken(token: string): { sub?: string; org?: string; role?: string; exp?: number } | null {
  const middle = token.split(".")[1];
  if (!middle || token.split(".").length !== 3) return null;
  try {
    return JSON.parse(atob(middle.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
}

/** Why this token cannot open a desk, as far as it says so itself. */
export function refuse(token: string): Message | null {
  const claims = readToken(token);
  if (!claims) return "signin.not_a_token";
  if (claims.role !== undefined && !ROLES.includes(claims.role)) return "signin.role";
  return null;
}
