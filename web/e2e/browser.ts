// Debian's Chromium, as every test starts it.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** The screen of a control room's older desks. */
export const SCREEN = { width: 1366, height: 768 };
/** No step of a test waits longer, milliseconds: long enough for a machine that computes at full load. */
const DEADLINE_MS = 45_000;
const SHOTS = fileURLToPath(new URL("./shots", import.meta.url));

/** Starts it; `rootPx` is the size of type that the person has chosen in the browser, points. */
export async function launch(rootPx = 16): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("Chromium is missing: apt-get install chromium");
  await mkdir(SHOTS, { recursive: true });
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
      `--blink-settings=defaultFontSize=${rootPx}`,
    ],
  });
}

export type Theme = "light" | "dark";
export const THEMES: Theme[] = ["light", "dark"];

/** Shows the page that is open in the other theme, as a person does who changes it in the middle of a shift. */
export async function inTheme(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.locator(`html[data-theme="${theme}"]`).waitFor();
}

/** Writes into the log of the tests what a page shows on which something was not found. */
export async function tellOf(page: Page): Promise<void> {
  process.stderr.write(`${page.url()}\n${await page.locator("body").textContent()}\n`);
}

export async function newContext(
  browser: Browser,
  theme: Theme = "light",
  locale = "en",
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: SCREEN,
    colorScheme: theme,
    locale,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(DEADLINE_MS);
  return context;
}

/** Collects what the page complains about: errors, and what its policy forbids. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    // a line that is cut on purpose is told by the browser as well
    if (
      message.type() === "error" &&
      !/net::ERR|Failed to load resource|WebSocket connection/.test(message.text())
    )
      heard.push(message.text());
  });
  return heard;
}

export const shot = (page: Page, name: string) => page.screenshot({ path: `${SHOTS}/${name}.png` });

/** The map has drawn everything that it has. */
export async function mapDrawn(page: Page): Promise<void> {
  await page.locator(".mapbox canvas").waitFor();
  await page.locator(".mapbox[data-drawn]").waitFor();
}

/** Writes down every tone that the page plays, in hertz. Call it before the page is opened. */
export async function listen(page: Page): Promise<() => Promise<number[]>> {
  await page.addInitScript(() => {
    const tones: number[] = [];
    Object.assign(globalThis, { tones });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      tones.push(this.frequency.value);
      start.apply(this, when);
    };
  });
  return () => page.evaluate(() => (globalThis as unknown as { tones: number[] }).tones);
}
