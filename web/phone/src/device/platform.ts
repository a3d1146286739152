// What kind of phone this is, for what a page can and cannot do there. Pure.

export type Platform = "ios" | "android" | "other";

/** By the browser's own name. An iPad calls itself a Mac that can be touched. */
export function platformOf(agent: string, touchPoints: number): Platform {
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return "ios";
  return /Android/.test(agent) ? "android" : "other";
}

export const platform = () => platformOf(navigator.userAgent, navigator.maxTouchPoints);

/** Opened from the home screen and not from a browser's tab. */
export const isInstalled = () =>
  matchMedia("(display-mode: standalone)").matches ||
  (navigator as Navigator & { standalone?: boolean }).standalone === true;
