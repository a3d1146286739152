// Every size that a phone can have, enlarged and turned, in both languages and colours: the main button is whole and
// in reach, nothing lies over anything, and no word is cut off.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launch, shot, type Theme } from "./browser.ts";
import { misplaced, resize, SIZES, unreachable } from "./layout.ts";
import { AED, axe, DISCLOSED, enter, madeUpAlert, newPhone, steps } from "./phone-page.ts";
import { CODE, PhoneStub } from "./phone-stub.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const on = (state: string, part = {}) => madeUpAlert({ ...DISCLOSED, state, version: 2, ...part });
const DANGER = { danger: true, scene: "unsafe" };

interface View {
  /** The buttons that matter. */
  main: string[];
  show(page: Page, stub: PhoneStub): Promise<void>;
}
const engaged = async (page: Page, stub: PhoneStub, part = {}, state = "en_route") => {
  stub.news("state", on(state, part));
  await page.locator(".engaged").waitFor();
};
const stop = async (page: Page, stub: PhoneStub, why: "danger" | "stand_down", part = {}) => {
  await engaged(page, stub);
  stub.news(
    why,
    why === "danger" ? on("en_route", { version: 5, ...DANGER }) : madeUpAlert({ version: 5, ...part }),
  );
  await page.locator(".stop").waitFor();
};

const VIEWS: Record<string, View> = {
  home: { main: [".duty .big"], show: async () => undefined },
  ask: {
    main: [".hold.yes", ".no", ".call-small"],
    show: async (page, stub) => {
      stub.news("alert", madeUpAlert({ patient_group: "child", role: "aed", position: "place" }));
      await page.locator(".hold.yes").waitFor();
    },
  },
  sure: {
    main: [".hold.yes", ".no"],
    show: async (page, stub) => {
      stub.news("alert", madeUpAlert({ state: "lapsed", answer_in_s: 0 }));
      await page.locator(".hold.yes").tap();
      await page.locator(".hold-asking").waitFor();
    },
  },
  unsafe: {
    main: [".yes", ".no"],
    show: async (page, stub) => {
      stub.news("alert", madeUpAlert({ ...DANGER, override: true }));
      await page.locator(".hold.yes").tap();
      await page.locator(".hold-asking .yes").tap();
      await page.locator(".answers.again").waitFor();
    },
  },
  accepted: {
    main: [".step", ".unsafe", ".call-small"],
    show: (page, stub) => engaged(page, stub, { role: "aed", aed: AED }, "accepted"),
  },
  moved: {
    main: [".step", ".card.fresh button"],
    show: async (page, stub) => {
      await engaged(page, stub);
      const address = { ...DISCLOSED.address, doubtful: true } as NonNullable<typeof DISCLOSED.address>;
      const moved_from = { lat: 36.86, lon: -75.98, uncertainty_m: 10 };
      stub.news(
        "update",
        on("en_route", {
          version: 3,
          address,
          moved_from,
          message: "Use the back entrance",
          still_going_asked: true,
        }),
      );
      await page.locator(".card.fresh").waitFor();
    },
  },
  finish: {
    main: ["[data-reason=ems_took_over]", "[data-reason=had_to_leave]"],
    show: async (page, stub) => {
      await engaged(page, stub, { with_patient_at_ms: Date.now() }, "on_scene");
      await page.locator('.step[data-step="finish"]').tap();
      await page.locator(".reasons").waitFor();
    },
  },
  danger: {
    main: [".onstop", ".stop .leaving", ".stop .call"],
    show: (page, stub) => stop(page, stub, "danger"),
  },
  "in danger": {
    main: [".next .leaving", ".next .unsafe", ".danger-card .call", ".safe"],
    show: async (page, stub) => {
      await engaged(page, stub, { ...DANGER, in_danger: true }, "on_scene");
      await page.locator(".danger-card").waitFor();
    },
  },
  leaving: {
    main: [".hold-asking .leaving"],
    show: async (page, stub) => {
      await engaged(page, stub, { ...DANGER, in_danger: true }, "on_scene");
      await page.locator(".next .leaving").tap();
      await page.locator(".hold-asking").waitFor();
    },
  },
  "stood down": {
    main: [".onstop", ".stop .call"],
    show: (page, stub) =>
      stop(page, stub, "stand_down", { state: "stood_down", ended_because: "doubt_ended" }),
  },
  after: {
    main: [".after .primary"],
    show: async (page, stub) => {
      await engaged(page, stub, {}, "on_scene");
      stub.news("state", madeUpAlert({ state: "finished", version: 5 }));
      await page.locator(".after").waitFor();
    },
  },
};

describe.each<[Theme, string]>([
  ["light", "en"],
  ["dark", "de"],
  ["light", "de"],
  ["dark", "en"],
])("%s, %s", (theme, locale) => {
  let stub: PhoneStub;
  let context: BrowserContext;
  let page: Page;
  beforeEach(async () => {
    stub = await PhoneStub.start();
    context = await newPhone(browser, theme, locale);
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await stub.stop();
  });

  /** Everything that is wrong, by size. */
  async function look(name: string, main: string[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const [size, of] of Object.entries(SIZES)) {
      await resize(page, of);
      const hidden = await Promise.all(main.map((one) => unreachable(page, one)));
      const here = [...(await misplaced(page)), ...hidden.filter((one) => one !== null)];
      wrong.push(...here.map((one) => `${size}: ${one}`));
      if (here.length)
        await shot(page, `layout-${name}-${size}-${theme}-${locale}`.replaceAll(/[ ,%]+/g, "-"));
    }
    await resize(page, SIZES.common);
    return [...wrong, ...(await axe(page))];
  }

  test("sign-in", async () => {
    await page.goto(`${stub.url}/phone/`);
    await page.locator("#code").waitFor();
    expect(await look("sign-in", [".signin .primary"])).toEqual([]);
  });

  test.each(Object.entries(VIEWS))("%s", async (name, { main, show }) => {
    await enter(page, `${stub.url}/phone/#code=${CODE}`);
    await steps(page);
    await show(page, stub);
    expect(await look(name, main)).toEqual([]);
  });
});
