// Where the page begins.
import { render } from "preact";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/list.css";
import "./styles/incident.css";
import "./styles/map.css";
import "./styles/print.css";
import { App } from "./app.tsx";
import { beginWith } from "./state/desk.ts";
import { apply } from "./state/settings.ts";
import { followAddress, takeCode } from "./views/route.ts";

apply();
followAddress();
render(<App />, document.getElementById("desk") as HTMLElement);
void beginWith(takeCode());
// a link that is opened where the desk is open already
addEventListener("hashchange", () => {
  const code = takeCode();
  if (code) void beginWith(code);
});
