// Every word about an incident that stands on the desk's page of it, and on a phone, with the place where it stands.
import type { Page } from "playwright-core";
import type { Said } from "../truth/check.ts";

export type Language = "en" | "de";

interface Word {
  where: string;
  text: string;
  alert_id?: string | undefined;
  at?: string;
}

const inLanguage = (words: Word[], language: Language): Said[] =>
  words.map(({ text, ...one }) => ({ ...one, [language]: text }));

export const readDesk = async (page: Page, language: Language) =>
  inLanguage(await page.evaluate(desk), language);
export const readPhone = async (page: Page, language: Language) =>
  inLanguage(await page.evaluate(phone), language);

/** Runs in the page, so it stands alone. */
function desk(): Word[] {
  const words: Word[] = [];
  const plain = (text: string | null | undefined) => (text ?? "").replaceAll(/\s+/g, " ").trim();
  const add = (where: string, text: string | null | undefined, more: Partial<Word> = {}) => {
    if (plain(text)) words.push({ where, text: plain(text), ...more });
  };
  const all = (selector: string, from: ParentNode = document) => [
    ...from.querySelectorAll<HTMLElement>(selector),
  ];
  /** The element's own text, without that of the elements in it. */
  const own = (element: Element | null) =>
    [...(element?.childNodes ?? [])]
      .filter((node) => node.nodeType === Node.TEXT_NODE)
      .map((node) => node.textContent)
      .join("");
  const page = document.querySelector(".incident");
  if (!page) return words;
  for (const one of all(".line")) add("line", one.textContent);
  for (const one of all(".loststrip > span")) {
    add("line", one.querySelector("strong")?.textContent);
    add("line", own(one));
  }
  for (const one of all("h1 span", page)) add("first", one.textContent);
  add("next", page.querySelector(".nextline")?.textContent);
  add("elapsed", page.querySelector(".elapsed")?.textContent);
  add("figures", page.querySelector(".head .figures")?.getAttribute("aria-label"));
  for (const one of all(".alarmsof p", page)) {
    add("alarm", one.querySelector("strong")?.textContent);
    add("heard", own(one.querySelector("span")));
  }
  for (const lane of all(".lane", page)) {
    const when = lane.querySelector(".lanewhen");
    if (lane.classList.contains("lane-ems")) add("ambulance", when?.textContent);
    else {
      const alert_id = lane.dataset.alert;
      add("name", own(lane.querySelector(".lanename")), { alert_id });
      add("skill", lane.querySelector(".lanename small")?.textContent, { alert_id });
      add("lane", own(when), { alert_id });
      add("lane", when?.querySelector("small")?.textContent, { alert_id });
    }
  }
  for (const one of all(".facts > div", page)) {
    const [name, value] = ["dt", "dd"].map((tag) => plain(one.querySelector(tag)?.textContent));
    const isAmbulance = name === "Ambulance" || name === "Rettungsdienst";
    add(isAmbulance ? "ambulance" : "fact", isAmbulance ? value : `${name}: ${value}`);
  }
  for (const one of all(".incident > p.ask", page)) add("duplicate", one.textContent);
  for (const one of all(".incident > div.ask > p:not(.error)", page)) add("address", one.textContent);
  const people = page.querySelector(".people");
  add("told", people?.querySelector("h2")?.textContent);
  for (const one of all(".people > p.ask", page)) add("told", one.textContent);
  for (const one of all(".wave h3", page)) add("heading", one.textContent);
  for (const one of all(".person", page)) {
    const alert_id = one.dataset.alert;
    add("name", own(one.querySelector(".personname")), { alert_id });
    const state = one.querySelector(".state");
    add("state", own(state), { alert_id });
    add("told", state?.querySelector("b")?.textContent?.replace(" · ", ""), { alert_id });
    add("person", one.querySelector(".why")?.textContent, { alert_id });
  }
  add("passed", page.querySelector(".passed summary")?.textContent);
  for (const one of all(".passed li", page)) add("passed", one.textContent);
  for (const one of all(".timeline li", page)) {
    const at = plain(one.querySelector("time")?.textContent);
    const text = one.querySelector("span");
    add("log", own(text), { at });
    add("quote", text?.querySelector("q")?.textContent, { at });
    add("by", text?.querySelector("small")?.textContent, { at });
  }
  // whatever else stands there is not what a person does, and was not read
  const labels = "button, label, form, svg, .axis, time, dt, .lane-ems .lanename, .timeline > h2";
  const texts = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const read = words.map(({ text }) => text).join("\n");
  while (texts.nextNode()) {
    const text = plain(texts.currentNode.textContent);
    if (!texts.currentNode.parentElement?.closest(labels) && /[\p{L}\d]/u.test(text) && !read.includes(text))
      add("unread", text);
  }
  return words;
}

/** The same of a phone. */
function phone(): Word[] {
  const words: Word[] = [];
  const plain = (text: string | null | undefined) => (text ?? "").replaceAll(/\s+/g, " ").trim();
  const add = (where: string, text: string | null | undefined) => {
    if (plain(text)) words.push({ where, text: plain(text) });
  };
  const main = document.querySelector("main");
  if (!main) return words;
  const all = (selector: string) => [...main.querySelectorAll<HTMLElement>(selector)];
  for (const one of all(".strip > span")) add("line", one.textContent);
  if (main.classList.contains("home") || main.querySelector(".duty")) add("home", "nobody asks");
  if (!main.dataset.alert) return words;
  for (const one of all(".exercise-band, .asks, .note.scene, .unsafe-said, .lead, .stage, .moved, .merged"))
    add("face", one.textContent);
  for (const one of all(".note.bad")) add("refused", one.textContent);
  const isStop = main.classList.contains("stop");
  if (isStop) {
    add("face", main.querySelector("h1")?.textContent);
    add("kind", main.querySelector(".lead + p")?.textContent);
  } else if (!main.classList.contains("after")) {
    add("kind", main.querySelector("h1")?.textContent);
    const role = main.querySelector(".role");
    add(
      "task",
      [...(role?.querySelectorAll(":scope > span:not([data-way]), strong") ?? [])]
        .map((one) => one.textContent)
        .join(" "),
    );
    add("face", role?.querySelector("[data-way]")?.textContent?.replace(" · ", ""));
  }
  for (const one of all(".way > p"))
    add("face", [...one.children].map((child) => plain(child.textContent)).join(" "));
  for (const one of all(".danger-card h2, .danger-card > p:not(.unsafe-said)")) add("face", one.textContent);
  for (const one of all(".near h2, .near p, .still h2, .still p")) add("face", one.textContent);
  for (const one of all(".message")) add("message", one.textContent);
  for (const one of all(".updates > h2")) add("news", one.textContent);
  for (const card of all(".place")) {
    const line = plain(card.querySelector(".address")?.textContent);
    const title = plain(card.querySelector("h2")?.textContent);
    // where there is none, that stands in its place
    const none = /^(No address|Keine Adresse)/.test(line);
    add("face", none ? title : `${title}: ${line}`);
    if (none) add("face", line);
    const code = [...(card.querySelector(".code")?.children ?? [])].map((one) => plain(one.textContent));
    if (code.length > 0) add("face", code.join(": "));
    for (const part of card.querySelectorAll("dl > div"))
      add("face", ["dt", "dd"].map((tag) => plain(part.querySelector(tag)?.textContent)).join(": "));
    // the way to a place that the address does not belong to has a card of its own above it
    const before = card.previousElementSibling;
    if (before?.matches(".card") && before.querySelector(".ways") && !before.matches(".aed"))
      add("face", before.querySelector("h2")?.textContent);
  }
  if (main.classList.contains("after")) return words;
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  const read = words.map(({ text }) => text).join("\n");
  while (texts.nextNode()) {
    const text = plain(texts.currentNode.textContent);
    if (
      !texts.currentNode.parentElement?.closest("button, a, label, svg") &&
      /[\p{L}\d]/u.test(text) &&
      !read.includes(text)
    )
      add("unread", text);
  }
  return words;
}
