// What helps, where the page can do it itself: ask for leave, subscribe, try the sound.
import { useState } from "preact/hooks";
import { wantsNewAddress } from "../device/attention.ts";
import { canInstall, install, onInstall } from "../device/install.ts";
import { canPush, registerPush, workerReady } from "../device/push.ts";
import type { Check, Facts } from "../device/readiness.ts";
import { ring, switchOn } from "../device/sound.ts";
import { readMe } from "../state/life.ts";
import { askPosition } from "../state/place.ts";
import { lookAround } from "../state/ready.ts";
import { get } from "../state/store.ts";
import { t } from "../words/i18n.ts";
import { errorText } from "./errors.ts";
import { useListened } from "./listened.ts";

/** Asks for notifications and registers for pushes. Throws when it does not work. */
export async function allowPush(): Promise<void> {
  if (!canPush()) throw new DOMException("no push here", "NotSupportedError");
  if ((await Notification.requestPermission()) === "granted") {
    const registration = await workerReady();
    const { device, attention } = get();
    if (device) await registerPush(registration, device, wantsNewAddress(attention, device));
    await readMe();
  }
  await lookAround();
}

/** Plays the alarm once, as loud as the phone is. */
export async function trySound(): Promise<void> {
  await switchOn();
  ring("update");
  await lookAround();
}

export function Fix({ name, facts }: { name: Check["name"]; facts: Facts }) {
  const [error, setError] = useState("");
  const installable = useListened(onInstall, canInstall);
  const run = (act: () => Promise<void>) => () => {
    setError("");
    act().catch((caught) => {
      setError(caught instanceof DOMException ? t("push.refused") : errorText(caught));
      void lookAround();
    });
  };
  const denied =
    (name === "notifications" && facts.notifications === "denied") ||
    (name === "position" && facts.position === "denied");
  if (denied) return <p class="help">{t(facts.platform === "ios" ? "denied.ios" : "denied.browser")}</p>;
  if (name === "install" && !installable)
    return <p class="help">{t(facts.platform === "ios" ? "install.ios" : "install.browser")}</p>;
  const button: Partial<Record<Check["name"], [string, () => void]>> = {
    notifications: [t("fix.notifications"), run(allowPush)],
    push: [t("fix.push"), run(allowPush)],
    position: [t("fix.position"), askPosition],
    install: [t("fix.install"), run(install)],
    sound: [t("fix.sound"), run(trySound)],
  };
  const found = button[name];
  if (!found || (name === "push" && facts.notifications !== "granted")) return null;
  return (
    <>
      <button type="button" class="big" onClick={found[1]}>
        {found[0]}
      </button>
      <p class="error" role="alert">
        {error}
      </p>
    </>
  );
}
