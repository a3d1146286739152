// Where the page begins.
import { render } from "preact";
import "../../shared/page.css";
import "./styles/phone.css";
import "./styles/controls.css";
import "./styles/alert.css";
import "./styles/pages.css";
import { App } from "./app.tsx";
import { takeCode } from "./device/code.ts";
import { serviceWorker } from "./device/worker.ts";
import { begin } from "./state/life.ts";
import { apply } from "./state/settings.ts";

takeCode();
apply();
render(<App />, document.getElementById("phone") as HTMLElement);
void serviceWorker();
void begin();
