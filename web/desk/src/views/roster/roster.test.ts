// The coordinator's view without drawing: its words, its addresses, and that a camera can read its picture.
import jsqr from "jsqr";
import { beforeEach, describe, expect, test, vi } from "vitest";
import de from "../../messages/roster/de.json";
import en from "../../messages/roster/en.json";

// what a browser has and Node has not
vi.hoisted(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
  vi.stubGlobal("navigator", { languages: ["en"] });
  vi.stubGlobal("document", { documentElement: { lang: "", dataset: {} } });
});

import { ApiError } from "../../api/client.ts";
import { choose } from "../../state/settings.ts";
import { ENROL, FOLLOW_UPS, HISTORY, placeOf, ROSTER, responderLink } from "../route.ts";
import { qrPath } from "./qr-path.ts";
import { ago, failure, t } from "./words.ts";

beforeEach(() => choose({ language: "en" }));

describe("words", () => {
  test("both files say the same things with the same values", () => {
    expect(Object.keys(de)).toEqual(Object.keys(en));
    const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      // one may be written as a word
      if (key.endsWith(".one")) continue;
      expect([key, values(de[key])]).toEqual([key, values(en[key])]);
    }
  });

  test("how long ago, in the unit that one would say", () => {
    expect([4, 300, 3600 * 3, 86_400 * 2, 86_400 * 9].map(ago)).toEqual([
      "4 s ago",
      "5 min ago",
      "3 h ago",
      "2 days ago",
      "9 days ago",
    ]);
    choose({ language: "de" });
    expect(ago(86_400 * 9)).toBe("vor 9 Tagen");
    expect(t("silent.title", { n: 1 })).toBe("Eine Person im Dienst schweigt");
  });

  test("what is missing here is no incident", () => {
    const problem = (code: string, status: number) => new ApiError({ code, status, title: "A title." });
    expect(failure(problem("not_found", 404))).toMatch(/no responder/);
    expect(failure(problem("forbidden", 403))).toBe("Your role may not do this.");
    expect(failure(problem("no_answer", 0))).toMatch(/^No answer/);
    expect(failure(problem("new_code", 409))).toBe("A title.");
  });
});

test("each place has an address, and an address opens one place", () => {
  const list = { open: null, roster: { at: "list" }, past: false };
  expect(placeOf(ROSTER)).toEqual(list);
  expect(placeOf(ENROL)).toEqual({ open: null, roster: { at: "enrol" }, past: false });
  for (const id of ["anna", "new", "ä 1", "50%", "a#b"])
    expect(placeOf(responderLink(id))).toEqual({ open: null, roster: { at: "one", id }, past: false });
  expect(placeOf("#/incident/i%2F1")).toEqual({ open: "i/1", roster: null, past: false });
  expect(placeOf(FOLLOW_UPS)).toEqual({ open: null, roster: { at: "follow-ups" }, past: false });
  expect(placeOf(HISTORY)).toEqual({ open: null, roster: null, past: true });
  for (const nothing of ["", "#", "#/responder/", "#/responder/%E0%A4%A", "#/respond"])
    expect(placeOf(nothing)).toEqual({ open: null, roster: null, past: false });
});

describe("the picture", () => {
  /** The squares as pixels, drawn from the path alone. */
  function pixels(text: string, scale: number): { data: Uint8ClampedArray; width: number } {
    const { size, path } = qrPath(text);
    const width = size * scale;
    const data = new Uint8ClampedArray(width * width * 4).fill(255);
    for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
      for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
        const from = (row * width + Number(x) * scale) * 4;
        const to = from + Number(run) * scale * 4;
        for (let at = from; at < to; at++) if (at % 4 !== 3) data[at] = 0;
      }
    }
    return { data, width };
  }

  test.each([
    "https://muster.example/phone/#code=7K3Q-9FMB-T2XC",
    `owntracks:///config?inline=${"eyJfdHlwZSI6ImNvbmZpZ3VyYXRpb24i".repeat(12)}`,
    "https://münster.example/phone/#code=0000-0000-0000",
  ])("%s", (text) => {
    const { data, width } = pixels(text, 4);
    expect(jsqr(data, width, width)?.data).toBe(text);
  });

  test("the white around it is as wide as readers need", () => {
    const { size, path } = qrPath("https://muster.example/phone/");
    const columns = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].flatMap(([, x, y, run]) => [
      Number(x),
      Number(y),
      size - Number(x) - Number(run),
    ]);
    expect(Math.min(...columns)).toBe(4);
  });
});
