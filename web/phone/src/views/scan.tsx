// Reads a code from the desk's screen with the camera, where the browser can read codes.
import { useEffect, useRef, useState } from "preact/hooks";
import { isCode } from "../device/code.ts";
import { t } from "../words/i18n.ts";

/** Between two looks at the picture, milliseconds. */
const LOOK_MS = 250;

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorClass = new (options: { formats: string[] }) => Detector;

const detectorClass = () => (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;

export const canScan = () => detectorClass() !== undefined && navigator.mediaDevices !== undefined;

interface Props {
  onFound(text: string): void;
  onBack(): void;
}

export function Scan({ onFound, onBack }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const Class = detectorClass();
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    async function look(detector: Detector) {
      if (gone || !video.current) return;
      const found = await detector.detect(video.current).catch(() => []);
      const code = found.find(({ rawValue }) => isCode(rawValue));
      if (code && !gone) return onFound(code.rawValue);
      timer = setTimeout(() => void look(detector), LOOK_MS);
    }
    async function start() {
      if (!Class) return setFailed(true);
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (gone || !video.current) return stop();
      video.current.srcObject = stream;
      await video.current.play();
      await look(new Class({ formats: ["qr_code"] }));
    }
    // the camera is off as soon as nobody looks
    function stop() {
      for (const track of stream?.getTracks() ?? []) track.stop();
    }
    start().catch(() => setFailed(true));
    return () => {
      gone = true;
      clearTimeout(timer);
      stop();
    };
  }, []);
  return (
    <section class="card scan">
      {failed ? (
        <p role="alert">{t("scan.failed")}</p>
      ) : (
        <>
          <p>{t("scan.lead")}</p>
          <video ref={video} playsInline muted aria-label={t("scan.picture")} />
        </>
      )}
      <button type="button" class="big" onClick={onBack}>
        {t("back")}
      </button>
    </section>
  );
}
