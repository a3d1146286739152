// Where the page begins.
import { render } from "preact";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/list.css";
import "./styles/incident.css";
import "./styles/map.css";
import { App } from "./app.tsx";
import { begin } from "./state/desk.ts";
import { apply } from "./state/settings.ts";
import { followAddress } from "./views/route.ts";

apply();
followAddress();
render(<App />, document.getElementById("desk") as HTMLElement);
void begin();
