// One tap to the control room, and in danger to the emergency number.
import { useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";

/** Every mobile phone connects it to the emergency service of where it is (3GPP TS 22.101). */
const EMERGENCY = "112";

const HANDSET =
  "M6.6 10.800a15.200 15.200 0 0 0 6.600 6.600l2.200-2.200a1 1 0 0 1 1-.250 11.400 11.400 0 0 0 3.600.600 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.500a1 1 0 0 1 1 1 11.400 11.400 0 0 0 .600 3.600 1 1 0 0 1-.250 1Z";

/** `small`: beside a heading, so that it is in reach at every step. */
export function Call({ class: look = "", small }: { class?: string; small?: boolean }) {
  const number = useStore((state) => state.me?.control_room_phone ?? null);
  if (!number) return null;
  return (
    <a
      class={`button call ${small ? "call-small" : "big"} ${look}`}
      href={`tel:${number.replaceAll(/[^+\d*#]/g, "")}`}
      aria-label={t("call")}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={HANDSET} />
      </svg>
      {!small && <span>{t("call")}</span>}
    </a>
  );
}

export function CallEmergency() {
  return (
    <a class="button big call" href={`tel:${EMERGENCY}`}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={HANDSET} />
      </svg>
      <span>{t("call.emergency", { number: EMERGENCY })}</span>
    </a>
  );
}
