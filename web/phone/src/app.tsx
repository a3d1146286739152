// The page: what is most pressing fills the screen.
import { useEffect, useState } from "preact/hooks";
import { type Face, front } from "./alerts/known.ts";
import { soundWorks, switchOn } from "./device/sound.ts";
import { onSettings, settings } from "./state/settings.ts";
import { useStore } from "./state/store.ts";
import { After } from "./views/after.tsx";
import { AskView } from "./views/ask.tsx";
import { EngagedView } from "./views/engaged.tsx";
import { Home } from "./views/home.tsx";
import { SetUp } from "./views/set-up.tsx";
import { SignIn } from "./views/sign-in.tsx";
import { StopView } from "./views/stop.tsx";
import { t } from "./words/i18n.ts";

export function App() {
  const [chosen, setChosen] = useState(settings());
  useEffect(() => onSettings(() => setChosen(settings())), []);
  useEffect(() => {
    // browsers let a page sound only after it was touched once
    const touched = () => void (soundWorks() || switchOn());
    addEventListener("pointerdown", touched);
    addEventListener("keydown", touched);
    return () => {
      removeEventListener("pointerdown", touched);
      removeEventListener("keydown", touched);
    };
  }, []);
  const device = useStore((state) => state.device);
  // another language is another page: every word is drawn anew
  if (device === undefined) return <Waiting />;
  return device ? <Phone key={chosen.language} /> : <SignIn key={chosen.language} />;
}

function Waiting() {
  return (
    <main class="waiting">
      <h1>muster</h1>
      <p role="status">{t("waiting")}</p>
    </main>
  );
}

function Phone() {
  const known = useStore((state) => state.known);
  const setUp = useStore((state) => state.setUp);
  const face = front(known);
  if (face) return <Pressing {...face} />;
  return setUp ? <Home /> : <SetUp />;
}

function Pressing(face: Face) {
  const { id } = face.held.alert;
  switch (face.face) {
    case "stop":
      return <StopView key={`${id} ${face.why}`} held={face.held} why={face.why} />;
    case "ask":
      return <AskView key={id} held={face.held} />;
    case "engaged":
      return <EngagedView key={id} held={face.held} />;
    case "after":
      return <After key={id} held={face.held} />;
  }
}
