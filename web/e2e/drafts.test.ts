// What was typed is there until it is sent or somebody says that it may go.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, newContext, shot } from "./browser.ts";
import { Stub } from "./stub.ts";

let browser: Browser;
let stub: Stub;
beforeAll(async () => {
  browser = await launch();
  stub = await Stub.start(5);
});
afterAll(async () => {
  await browser?.close();
  await stub?.stop();
});

async function opened(): Promise<Page> {
  const page = await (await newContext(browser)).newPage();
  await page.goto(`${stub.url}/desk/`);
  await page.locator(".row").first().waitFor();
  return page;
}

const line = (page: Page) => page.locator("#form-line").inputValue();

test("Esc asks, once for each time, and Esc again keeps it", async () => {
  const page = await opened();
  await page.keyboard.press("n");
  await page.keyboard.press("Escape");
  await page.locator(".listhead").waitFor();

  await page.keyboard.press("n");
  await page.locator("#form-line").fill("7 Shore Drive");
  await page.keyboard.press("Escape");
  await page.getByRole("alertdialog").waitFor();
  await shot(page, "discard-light");
  await page.keyboard.press("Escape");
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  expect(await line(page)).toBe("7 Shore Drive");

  await page.locator("#form-line").focus();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await page.locator(".listhead").waitFor();
  await page.keyboard.press("n");
  expect(await line(page)).toBe("");
  await page.context().close();
});

test("another language takes nothing away", async () => {
  const page = await opened();
  await page.keyboard.press("n");
  await page.locator("#kind").fill("Fell from a ladder");
  await page.locator("#place").fill("36.8401, -76.0603");
  await page.locator("#form-line").fill("7 Shore Drive");
  await page.locator("label", { hasText: /^Safe$/ }).click();
  await page.getByRole("button", { name: "ann" }).first().click();
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("heading", { name: "Neuer Einsatz" }).waitFor();
  expect(await line(page)).toBe("7 Shore Drive");
  expect(await page.locator("#kind").inputValue()).toBe("Fell from a ladder");
  expect(await page.locator("#place").inputValue()).toBe("36.8401, -76.0603");
  expect(await page.locator("input[name=scene]:checked").inputValue()).toBe("safe");
  await page.locator(".good").waitFor();
  await page.context().close();
});

test("a message that was begun is there again after a look at another incident", async () => {
  const page = await opened();
  await page.locator('.row[href="#/incident/incident-0"]').click();
  await page.getByRole("button", { name: "Message …" }).click();
  await page.locator("#action-text").fill("the blue door");
  await page.getByRole("button", { name: /← All/ }).click();
  await page.locator('.row[href="#/incident/incident-2"]').click();
  await page.getByRole("button", { name: /← All/ }).click();
  await page.locator('.row[href="#/incident/incident-0"]').click();
  await page.getByRole("button", { name: "Message …" }).click();
  expect(await page.locator("#action-text").inputValue()).toBe("the blue door");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await page.locator("#action-text").waitFor({ state: "detached" });
  await page.context().close();
});

test("no form is left with what was typed in it unless somebody says so", async () => {
  const page = await opened();
  const button = (name: string | RegExp) => page.getByRole("button", { name });
  const forms: Record<string, { open: () => Promise<unknown>; field: string; closed: string }> = {
    correction: {
      open: async () => {
        await page.goto(`${stub.url}/desk/#/incident/incident-2`);
        await button("Correct …").click();
      },
      field: "#details-line",
      closed: ".details",
    },
    enrolment: {
      open: () => page.goto(`${stub.url}/desk/#/responders/new`),
      field: "#enrol-name",
      closed: "#enrol-title",
    },
    change: {
      open: async () => {
        await page.goto(`${stub.url}/desk/#/responder/p-001`);
        await button("Change …").click();
      },
      field: "#enrol-phone",
      closed: ".change",
    },
  };
  for (const [name, { open, field, closed }] of Object.entries(forms)) {
    const typed = page.locator(field);
    // nothing typed, nothing asked
    await open();
    await typed.press("Escape");
    await page.locator(closed).waitFor({ state: "detached" });
    await open();
    const before = await typed.inputValue();
    await typed.fill("something long");
    await typed.press("Escape");
    await page.getByRole("alertdialog").waitFor();
    expect([name, await typed.inputValue()]).toEqual([name, "something long"]);
    await button("Keep").click();
    // it is there again after a look elsewhere
    await page.goto(`${stub.url}/desk/#/`);
    await page.locator(".row").first().waitFor();
    await open();
    expect([name, await typed.inputValue()]).toEqual([name, "something long"]);
    await typed.press("Escape");
    await button("Discard").click();
    await page.locator(closed).waitFor({ state: "detached" });
    await open();
    expect([name, await typed.inputValue()]).toEqual([name, before]);
    await typed.press("Escape");
  }
  await page.context().close();
});
