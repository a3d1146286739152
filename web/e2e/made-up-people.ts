// Responders that nobody has met, with phones and trackers, for pictures of the coordinator's view.
import type { Phone, Readiness, Responder, Tracker } from "../desk/src/api/types.ts";

const COUNT = 230;
const FIRST = ["Anna", "Ben", "Chidi", "Dora", "Emil", "Fatima", "Goran", "Hanna", "Ivo", "Jale"];
const LAST = ["Berg", "Okafor", "Lindqvist", "Moreau", "Yıldız", "Novak", "Peeters"];
const SKILLS = [["bls"], ["bls", "nurse"], ["first_aid"], ["bls", "paramedic"], ["bls", "firefighter"]];
const TRAVEL = ["foot", "bike", "car"];

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const id = (n: number) => `p-${String(n).padStart(3, "0")}`;

const nameOf = (n: number) => `${FIRST[n % FIRST.length]} ${LAST[n % LAST.length]}`;

const PEOPLE: Responder[] = Array.from({ length: COUNT }, (_, n) => ({
  id: id(n),
  name: nameOf(n),
  phone: n % 4 === 3 ? null : "+49 170 555 0100",
  skills: SKILLS[n % SKILLS.length] ?? [],
  travel: TRAVEL[n % TRAVEL.length] ?? "foot",
  exercises: n % 2 === 0,
  state: n % 9 === 4 ? "pending" : n % 13 === 6 ? "suspended" : "verified",
  on_duty: n % 3 !== 0,
  duty_until: n === 1 ? ago(-6 * 3600) : null,
}));

const BY_NAME = [...PEOPLE].sort((a, b) => (a.name + a.id < b.name + b.id ? -1 : 1));

const PHONES: Phone[] = [
  {
    device_id: "p-1",
    platform: "web",
    push: "ok",
    readiness: {
      alarm: "loud",
      position: "live",
      notifications: "granted",
      subscribed: true,
      battery_pct: 81,
      app: "page 4",
    },
    reported_at: ago(240),
    last_received_at: ago(86_400 * 5),
    last_test: { id: "t-1", sent_at: ago(3_700), received_at: ago(3_698) },
  },
  {
    device_id: "p-2",
    platform: "android",
    push: "dead",
    readiness: { alarm: "quiet", position: "none", notifications: "denied", battery_pct: 9 },
    reported_at: ago(86_400 * 9),
    last_received_at: null,
    last_test: { id: "t-2", sent_at: ago(3_700), received_at: null },
  },
];

const TRACKERS: Tracker[] = [
  { id: "k3v9q2m7", label: "Pixel 8, OwnTracks", made_at: ago(86_400 * 20), made_by: "ann" },
];

const readiness = (): Readiness => ({
  verified: 187,
  on_duty: 118,
  reachable: 97,
  connected: 12,
  alarm: { loud: 71, quiet: 9, unknown: 17 },
  position: { live: 58, place: 26, none: 13 },
  silent: [
    { responder_id: id(2), name: nameOf(2), last_heard_at: null, why: "no_phone" },
    { responder_id: id(11), name: nameOf(11), last_heard_at: ago(86_400 * 6), why: "not_heard_from" },
    { responder_id: id(19), name: nameOf(19), last_heard_at: ago(86_400 * 3), why: "test_missed" },
    { responder_id: id(222), name: nameOf(222), last_heard_at: ago(86_400 * 2 + 400), why: "not_heard_from" },
  ],
  as_of: ago(4),
});

const made = (label: string, base: string) => {
  const [user, password] = ["q7h4m2x9", "x4".repeat(16)];
  const url = `${base}/v1/owntracks`;
  const settings = { _type: "configuration", mode: 3, url, auth: true, username: user, password };
  const link = `owntracks:///config?inline=${Buffer.from(JSON.stringify(settings)).toString("base64")}`;
  return {
    id: user,
    label,
    made_at: ago(0),
    made_by: "ann",
    secret: password,
    owntracks: { url, username: user, password, link },
    traccar: { url: `${base}/v1/traccar`, device_identifier: `${user}.${password}` },
  };
};

/** The answer to a call about responders; undefined when it is about something else. */
export function rosterCall(
  method: string,
  path: string,
  query: URLSearchParams,
  body: Record<string, unknown>,
): unknown {
  if (path === "readiness") return readiness();
  const [room, who, what] = path.split("/");
  if (room !== "responders") return undefined;
  if (!who) {
    const [words, skill, state] = [query.get("q") ?? "", query.get("skill"), query.get("state")];
    const after = query.get("after");
    const text = (one: Responder) => `${one.name} ${one.id} ${one.phone?.replaceAll(" ", "")}`.toLowerCase();
    const found = BY_NAME.slice(BY_NAME.findIndex((one) => one.id === after) + 1).filter(
      (one) =>
        words
          .toLowerCase()
          .split(" ")
          .every((word) => text(one).includes(word)) &&
        (!skill || one.skills.includes(skill)) &&
        (!state || one.state === state),
    );
    const items = found.slice(0, Number(query.get("limit")));
    return { items, next: items.length < found.length ? items.at(-1)?.id : null };
  }
  const one = PEOPLE.find((it) => it.id === decodeURIComponent(who));
  if (!one) return null;
  if (what === "phones") return { items: one.id === id(1) ? PHONES : [] };
  if (what === "trackers" && method === "POST") return made(String(body.label), "https://muster.example");
  if (what === "trackers") return { items: one.id === id(1) ? TRACKERS : [] };
  if (what === "enrolment") {
    const code = "7K3Q-9FMB-T2XC";
    return { code, path: `/phone/#code=${code}`, expires_at: ago(-86_400) };
  }
  if (method === "PATCH") return { ...one, ...body };
  if (what === "suspend") return { ...one, state: "suspended" };
  return what === "verify" ? { ...one, state: "verified" } : one;
}
