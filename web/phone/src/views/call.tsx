// One tap to the control room.
import { useStore } from "../state/store.ts";
import { t } from "../words/i18n.ts";

export function Call({ class: look = "" }: { class?: string }) {
  const number = useStore((state) => state.me?.control_room_phone ?? null);
  if (!number) return null;
  return (
    <a class={`big button ${look}`} href={`tel:${number.replaceAll(/[^+\d*#]/g, "")}`}>
      {t("call")}
    </a>
  );
}
