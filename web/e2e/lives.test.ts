// The same incident through ten lives, on the built server, with a desk and a phone in real browsers: after each step
// every word on both is judged by what the log says and by the positions that were sent. Pictures of all steps, with
// what stands on them, are in shots/lives/index.html.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Incident } from "../desk/src/api/types.ts";
import type { Language } from "./lives-read.ts";
import { type Life, World } from "./lives-world.ts";
import { poll } from "./phone-page.ts";

let world: World;
let life: Life;
beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  await world?.stop();
  expect(world?.heard.flat()).toEqual([]);
});
afterEach(async () => {
  world.service.refuses = null;
  await life?.end();
});

const begin = async (name: string, desk: Language, others: { [name: string]: number } = {}) => {
  life = await world.life(name, desk, others);
};
/** What is on a phone where nobody asks. */
const HOME = ".duty.is-on";
const ASK = ".alert .way";
const accepts = () => life.hold("button.yes", ".engaged");
const closes = (outcome: string) => life.call("POST", `/incidents/${life.id}/close`, { outcome });
const reads = async () => {
  await life.tap(".stop .last button");
  await life.isSeen();
};
const state = async () => (await life.incident()).state;

test("moved: the address is that of the old place, until it is said to be right", async () => {
  await begin("moved", "en");
  await life.raise();
  await life.step("asked", { desk: /on the phone|seen/, phone: ASK });
  await accepts();
  await life.step("said yes", { desk: /One said yes and has not left yet/, phone: ".place .code" });
  life.place = life.north(-200);
  await life.patch({ location: life.place });
  await life.step("moved", { desk: /500 m away/, phone: ".place.is-doubtful" });
  await life.desk.locator(".incident > .ask .buttons button").first().click();
  await life.step("the address is right", { desk: /Address is right/, phone: ".place:not(.is-doubtful)" });
  await closes("completed");
  await life.step("closed", { desk: /Closed: done/, phone: ".stop-stand_down" });
});

test("held: nobody is asked before the scene is safe", async () => {
  await begin("held", "de");
  await life.raise({ kind: "stroke", scene: "unknown" });
  await life.step("held", { desk: /Wartet auf Sie: ist die Einsatzstelle sicher\?/, phone: HOME });
  await life.acts("safe");
  await life.step("safe", { desk: /Bei einer Person klingelt es|auf dem Telefon|gesehen/, phone: ASK });
  await life.tap(".answers .no");
  await life.step("said no", { desk: /abgelehnt/, phone: HOME });
  await poll(state).toBe("exhausted");
  await life.step("nobody is left", { desk: /niemand ist mehr zu fragen/, phone: HOME });
  await life.acts("close", { choice: "stood_down" });
  await life.step("closed", { desk: /Geschlossen: Helfer werden nicht gebraucht/, phone: HOME });
});

test("danger twice: by another person, over, and then by this one", async () => {
  await begin("danger twice", "en", { bert: 450 });
  await life.raise();
  await life.phone.locator(ASK).waitFor();
  await accepts();
  await life.says("bert", "accept");
  await life.says("bert", "depart");
  await life.step("both said yes", { desk: /One is on the way.*One more said yes/, phone: ".engaged" });
  await life.says("bert", "unsafe");
  await life.step("another is in danger", {
    desk: /A responder is in danger.*in danger since/,
    phone: ".stop-danger",
  });
  await reads();
  await life.step("and it was read", { desk: /A responder is in danger/, phone: ".danger-card" });
  await life.acts("safe");
  await life.step("all clear", { desk: /Scene: safe/, phone: ".stop-all_clear" });
  await reads();
  await life.phone.locator(".engaged .next").waitFor();
  await life.hold("button.unsafe", '.unsafe-said[data-said="unsafe.known"]');
  await life.step("this one is in danger", { desk: /A responder is in danger/, phone: ".unsafe-said" });
  await life.tap("button.safe");
  await life.step("out of it", { desk: /There was danger: nobody more is asked/, phone: ".danger-card" });
  await life.acts("safe");
  await life.step("all clear again", { desk: /2 said yes|One is on the way/, phone: ".stop-all_clear" });
  await closes("completed");
  await life.step("closed", { desk: /Closed: done/, phone: ".stop-stand_down" });
});

test("reopened: a new round, with everybody asked anew", async () => {
  await begin("reopened", "de");
  await life.raise();
  await life.phone.locator(ASK).waitFor();
  await accepts();
  await life.acts("close", { choice: "false_alarm" });
  await life.step("closed", { desk: /Geschlossen: Fehlalarm/, phone: ".stop-stand_down" });
  await reads();
  await life.tap(".after button.plain");
  await life.acts("reopen", { text: "called again" });
  await life.step("reopened", { desk: /Wieder geöffnet.*/, phone: ASK });
  await accepts();
  await life.walks(120);
  await life.step("on the way once more", { desk: /unterwegs, .* da/, phone: '[data-way="way.own"]' });
  await closes("ems_on_scene");
  await life.step("closed again", { desk: /Geschlossen: Rettungsdienst ist da/, phone: ".stop-stand_down" });
});

test("merged: the other report of it stays, and this one names it", async () => {
  await begin("merged", "en", { bert: 450 });
  await life.raise();
  await life.phone.locator(ASK).waitFor();
  await accepts();
  await life.says("bert", "decline");
  const other = await life.report({ address: { line: "3 Main Street" } });
  life.also("Cardiac arrest, 3 Main Street", "3 Main Street");
  await life.step("reported twice", { desk: /May be the same call|One said yes/, phone: ".engaged" });
  await life.acts("duplicate", { choice: `this ${other.id}` });
  const address = { line: "3 Main Street" };
  life.on = { id: other.id, address };
  await life.step("merged", { desk: /Closed: duplicate.*Closed as a duplicate of/, phone: ".card.fresh" });
  life.id = other.id;
  life.address = address;
  life.also("Cardiac arrest, 1 Main Street", "1 Main Street");
  await life.opens();
  await life.step("at the one that stays", { desk: /Has not seen the last change/, phone: ".card.fresh" });
  await life.tap(".card.fresh button");
  await poll(() => life.desk.getByText("Has not seen the last change").count()).toBe(0);
  await life.step("and it was read", { desk: /One said yes/, phone: ".engaged:not(:has(.fresh))" });
  await closes("completed");
  await life.step("closed", { desk: /Closed: done/, phone: ".stop-stand_down" });
});

test("finished: there, with the patient, and the ambulance took over", async () => {
  await begin("finished", "de");
  await life.raise({ ems_eta_s: 240 });
  await life.phone.locator(ASK).waitFor();
  await accepts();
  await life.tap('.step[data-step="depart"]');
  await life.walks(20);
  await life.step("near", { desk: /20 m entfernt|an der Adresse/, phone: ".near" });
  await life.tap(".near button");
  await life.step("there", { desk: /Eine Person ist da/, phone: '.engaged[data-stage="on_scene"]' });
  await life.tap('.step[data-step="with-patient"]');
  await life.step("with the patient", { desk: /beim Patienten seit/, phone: '[data-stage="with_patient"]' });
  await life.tap('.step[data-step="finish"]');
  await life.tap('.reasons button[data-reason="ems_took_over"]');
  await life.step("finished", { desk: /niemand mehr gebraucht wird/, phone: ".after" });
  await life.acts("close", { choice: "ems_on_scene" });
  await life.step("closed", { desk: /Geschlossen: Rettungsdienst ist da/, phone: ".after" });
});

test("expired: nobody answers, and nobody is left", async () => {
  await begin("expired", "en");
  await life.raise({ kind: "chest_pain" });
  await life.step("asked", { desk: /is ringing|still ringing/, phone: ASK });
  await life.step("silent", { desk: /silent/, phone: ".countdown .is-words" });
  await life.step("over", { desk: /The ask to Anna Berg ended/, phone: ".stop-over" });
  await life.step("nobody is left", { desk: /Nobody is left to ask/, phone: ".stop-over" });
  await reads();
  await life.step("read", { desk: /Nobody is left to ask/, phone: HOME });
  await closes("stood_down");
  await life.step("closed", { desk: /Closed: volunteers are not needed/, phone: HOME });
});

test("cut off: both pages say so, and what was said meanwhile arrives", async () => {
  await begin("cut off", "de");
  await life.raise();
  await life.phone.locator(ASK).waitFor();
  await accepts();
  await life.step("said yes", { desk: /Eine Person hat zugesagt und ist noch nicht los/, phone: ".engaged" });
  const cut = Date.now();
  world.muster.pause();
  await life.desk.locator(".loststrip").waitFor();
  await life.step("the desk is cut off", { desk: /zugesagt/, phone: ".engaged" }, { cut });
  await life.tap('.step[data-step="depart"]');
  await life.step(
    "said without a line",
    { desk: /zugesagt/, phone: ".engaged .strip-lost" },
    { cut, unsent: ["depart"] },
  );
  world.muster.resume();
  await life.desk.locator(".loststrip").waitFor({ state: "detached" });
  await life.phone.locator(".strip-lost").waitFor({ state: "detached" });
  await life.step("heard", { desk: /Eine Person ist unterwegs/, phone: '[data-stage="en_route"]' });
  await closes("completed");
  await life.step("closed", { desk: /Geschlossen: erledigt/, phone: ".stop-stand_down" });
});

test("restarted: killed on the way, and everything is as it was", async () => {
  await begin("restarted", "en");
  await life.raise();
  await life.phone.locator(ASK).waitFor();
  await accepts();
  await life.tap('.step[data-step="depart"]');
  await life.step("on the way", { desk: /One is on the way, there/, phone: '[data-stage="en_route"]' });
  const cut = Date.now();
  await world.muster.kill();
  await life.desk.locator(".loststrip").waitFor();
  await life.step("killed", { desk: /One is on the way/, phone: ".engaged .strip-lost" }, { cut });
  await world.muster.start();
  await life.desk.locator(".loststrip").waitFor({ state: "detached" });
  await life.phone.locator(".strip-lost").waitFor({ state: "detached" });
  await life.step("started anew", { desk: /One is on the way, there/, phone: '[data-stage="en_route"]' });
  await life.tap('.step[data-step="arrive"]');
  await life.step("there", { desk: /One is there/, phone: '[data-stage="on_scene"]' });
  await closes("completed");
  await life.step("closed", { desk: /Closed: done/, phone: ".engaged, .stop" });
});

test("a provider that refuses: whoever is reached otherwise is asked, and the others when it is back", async () => {
  await begin("refused", "de", { bert: 200 });
  world.service.refuses = 503;
  await life.raise();
  await life.step("refused", { desk: /Kein Anbieter nimmt/, phone: ASK });
  await accepts();
  await life.step("said yes", { desk: /Eine Person hat zugesagt/, phone: ".engaged" });
  world.service.refuses = null;
  const waiting = async () => (await life.incident()).alerts.some((one) => one.push_waiting);
  await poll(waiting).toBe(false);
  await life.step("taken", { desk: /Bei einer Person klingelt es/, phone: ".engaged" });
  await life.says("bert", "accept");
  await life.step("enough", { desk: /Genug haben zugesagt/, phone: ".engaged" });
  const closed = (await closes("stood_down")) as Incident;
  expect(closed.state).toBe("closed");
  await life.step("closed", {
    desk: /Geschlossen: Helfer werden nicht gebraucht/,
    phone: ".stop-stand_down",
  });
});
