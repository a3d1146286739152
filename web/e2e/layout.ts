// What is wrong with the layout of a page: run in the page, for every size that a phone can have.
import type { Page } from "playwright-core";

/** Sizes in CSS pixels, and how big the person's letters are. */
export const SIZES = {
  common: { width: 390, height: 844, root: "100%" },
  small: { width: 320, height: 568, root: "100%" },
  landscape: { width: 844, height: 390, root: "100%" },
  "zoom 200 %": { width: 195, height: 422, root: "100%" },
  "landscape, zoom 200 %": { width: 422, height: 195, root: "100%" },
  "letters doubled": { width: 390, height: 844, root: "200%" },
  "landscape, letters doubled": { width: 844, height: 390, root: "200%" },
} as const;

/** Gives the page this size. */
export async function resize(
  page: Page,
  { width, height, root }: (typeof SIZES)[keyof typeof SIZES],
): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate((size) => {
    document.documentElement.style.fontSize = size;
    scrollTo(0, 0);
    return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  }, root);
}

/** What is wider than its place, what lies over another, and words that are cut off. */
export const misplaced = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const name = (one: Element) =>
      `${one.tagName}.${one.className} "${one.textContent?.trim().slice(0, 30)}"`;
    const isSeen = (one: Element) =>
      one.getClientRects().length > 0 &&
      getComputedStyle(one).visibility !== "hidden" &&
      !one.closest(".unseen, .mapframe, [aria-hidden=true]");
    // the page's own width: a phone shows more at once where something is too wide
    const { clientWidth: width, scrollWidth } = document.documentElement;
    if (scrollWidth > width + 1) found.push(`the page is ${scrollWidth} wide`);

    const words = [...document.querySelectorAll("button, a, h1, h2, p, dt, dd, label, legend, summary, li")];
    for (const one of words.filter(isSeen)) {
      const box = one.getBoundingClientRect();
      if (box.left < -1 || box.right > width + 1) found.push(`${name(one)} is outside`);
      if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
        found.push(`${name(one)} is cut off`);
    }

    // what moves with the page, what stays at its edge, and what scrolls in a place of its own are layers
    const isLayer = ({ position, overflowY }: CSSStyleDeclaration) =>
      ["sticky", "fixed"].includes(position) || ["auto", "scroll"].includes(overflowY);
    const layer = (one: Element): Element => {
      for (let at: Element | null = one; at; at = at.parentElement)
        if (isLayer(getComputedStyle(at))) return at;
      return document.body;
    };
    const leaves = [...document.querySelectorAll("button, a, h1, h2, p, dt, dd, input, select, textarea")]
      .filter(isSeen)
      .filter((one) => !one.matches("[type=radio], [type=checkbox]"));
    for (const [n, one] of leaves.entries()) {
      for (const other of leaves.slice(n + 1)) {
        if (one.contains(other) || other.contains(one) || layer(one) !== layer(other)) continue;
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) found.push(`${name(one)} lies over ${name(other)}`);
      }
    }
    return found;
  });

/** Why a button cannot be pressed; null when a thumb reaches all of it once it was scrolled to. */
export const unreachable = (page: Page, selector: string): Promise<string | null> =>
  page.evaluate((selector) => {
    const button = document.querySelector(selector);
    if (!button) return `${selector} is missing`;
    button.scrollIntoView({ block: "start" });
    const width = document.documentElement.clientWidth;
    const { left, right, top, bottom } = button.getBoundingClientRect();
    const text = `${selector}: ${[left, top, right, bottom].map(Math.round)} of ${width}×${innerHeight}`;
    if (left < -0.5 || top < -0.5 || right > width + 0.5 || bottom > innerHeight + 0.5)
      return `${text} is cut off`;
    // a sign alone is as big as a thumb, words need more
    const least = button.textContent?.trim() ? 88 : 43.5;
    if (right - left < least || bottom - top < 43.5) return `${text} is a sliver`;
    const inside = [
      [(left + right) / 2, (top + bottom) / 2],
      [left + 12, top + 12],
      [right - 12, bottom - 12],
    ] as const;
    const covered = inside.find(([x, y]) => {
      const hit = document.elementFromPoint(x, y);
      return !hit || !(button === hit || button.contains(hit));
    });
    return covered ? `${text} is covered` : null;
  }, selector);
