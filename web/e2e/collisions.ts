// What lies on top of each other, is cut off, or sticks out: looked for in the page as it is drawn.
import type { Page } from "playwright-core";

/** Everything that is wrong with how the page is laid out, in words. */
export function collisions(page: Page): Promise<string[]> {
  return page.evaluate(look);
}

/** Runs in the page, so it stands alone. */
function look(): string[] {
  /** Rounding, and the room that letters have around them, points. */
  const SLACK = 2;
  /** What may lie on the rest: each is looked at by itself. */
  const LAYERS = ".pop, .alarms, .listhead, .form > [type=submit], .maplibregl-canvas-container";
  const wrong = new Set<string>();
  interface Piece {
    element: Element;
    layer: Element | null;
    box: DOMRect;
    what: string;
  }

  const named = (element: Element, text?: string) =>
    `<${element.tagName.toLowerCase()}${element.classList.length > 0 ? `.${[...element.classList].join(".")}` : ""}> ` +
    `"${(text ?? element.textContent ?? "").trim().replaceAll(/\s+/g, " ").slice(0, 40)}"`;

  const shown = (element: Element) =>
    element.checkVisibility({
      contentVisibilityAuto: true,
      visibilityProperty: true,
      opacityProperty: true,
    }) && !element.closest(".unseen");

  /** What is seen of a box inside everything that scrolls or cuts; null when nothing is. */
  function seen(element: Element, box: DOMRect): { box: DOMRect; cutBy: Element | null } | null {
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    let cutBy: Element | null = null;
    for (let at: Element | null = element; at && at !== document.documentElement; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const edge = at.getBoundingClientRect();
      if (style.overflowX !== "visible") {
        const cut = right > edge.right + SLACK || left < edge.left - SLACK;
        if (cut && !["auto", "scroll"].includes(style.overflowX) && style.textOverflow !== "ellipsis")
          cutBy ??= at;
        left = Math.max(left, edge.left);
        right = Math.min(right, edge.right);
      }
      if (style.overflowY !== "visible") {
        const cut = bottom > edge.bottom + SLACK || top < edge.top - SLACK;
        if (cut && !["auto", "scroll"].includes(style.overflowY)) cutBy ??= at;
        top = Math.max(top, edge.top);
        bottom = Math.min(bottom, edge.bottom);
      }
    }
    if (right - left < 1 || bottom - top < 1) return null;
    return { box: new DOMRect(left, top, right - left, bottom - top), cutBy };
  }

  const pieces: Piece[] = [];
  const add = (element: Element, whole: DOMRect, what: string) => {
    const part = seen(element, whole);
    if (!part) return;
    if (part.cutBy) wrong.add(`${what} is cut off by ${named(part.cutBy, "")}`);
    if (part.box.left < -SLACK || part.box.right > innerWidth + SLACK)
      wrong.add(`${what} sticks out of the window`);
    pieces.push({ element, layer: element.closest(LAYERS), box: part.box, what });
  };

  // every piece of text, line by line
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim();
    if (!element || !text || !shown(element) || element.closest("script, style, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) add(element, box, named(element, text));
  }
  // and everything that can be pressed
  for (const element of document.querySelectorAll("button, select, textarea, input:not([type=radio])")) {
    if (shown(element)) add(element, element.getBoundingClientRect(), named(element));
  }

  const related = (a: Element, b: Element) => a === b || a.contains(b) || b.contains(a);
  for (const [n, one] of pieces.entries()) {
    for (const other of pieces.slice(n + 1)) {
      if (one.layer !== other.layer || related(one.element, other.element)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > SLACK && down > SLACK) wrong.add(`${one.what} lies on ${other.what}`);
    }
  }

  // boxes on the map keep out of each other's way
  const onMap = [...document.querySelectorAll(".maptools, .legend, .pickhint, .mapfailed, .maplibregl-ctrl")];
  const boxes = onMap.filter(shown).map((element) => ({ element, box: element.getBoundingClientRect() }));
  const pane = document.querySelector(".mappane")?.getBoundingClientRect();
  for (const [n, { element, box }] of boxes.entries()) {
    if (
      pane &&
      (box.left < pane.left - SLACK ||
        box.right > pane.right + SLACK ||
        box.top < pane.top - SLACK ||
        box.bottom > pane.bottom + SLACK)
    )
      wrong.add(`${named(element)} sticks out of the map`);
    for (const other of boxes.slice(n + 1)) {
      const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (across > SLACK && down > SLACK)
        wrong.add(`${named(element)} lies on ${named(other.element)} on the map`);
    }
  }

  // nothing is reached only by scrolling sideways
  for (const element of [
    document.documentElement,
    ...document.querySelectorAll(".side, .bar, .alarms, .signin"),
  ]) {
    if (element.scrollWidth > element.clientWidth + SLACK)
      wrong.add(
        `${named(element, "")} is ${element.scrollWidth - element.clientWidth} points wider than its room`,
      );
  }
  // what happens must have room: the list, the incident or the form
  const side = document.querySelector(".side")?.getBoundingClientRect();
  const needed = Math.min(0.3 * innerHeight, 240);
  if (side && side.height < needed)
    wrong.add(`.side is ${Math.round(side.height)} points high, of ${innerHeight}`);
  return [...wrong];
}
