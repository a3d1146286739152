// Phones of this person that would not be heard: this one is repaired here, another is opened.
import { isOwn } from "../device/attention.ts";
import { useStore } from "../state/store.ts";
import { word } from "../words/i18n.ts";

export function Failing({ onMore }: { onMore(): void }) {
  const attention = useStore((state) => state.attention);
  const device = useStore((state) => state.device);
  return (
    <>
      {attention.map((one) =>
        isOwn(one, device) ? (
          <button
            key={one.device_id}
            type="button"
            class="big failing"
            data-failing={one.why}
            onClick={onMore}
          >
            {word("failing_own", one.why)}
          </button>
        ) : (
          <p key={one.device_id} class="note bad failing" role="alert" data-failing={one.why}>
            {word("failing_other", one.why)}
          </p>
        ),
      )}
    </>
  );
}
