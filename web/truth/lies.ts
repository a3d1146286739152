// Sentences made false on purpose. Each is true as the page says it; wherever it is said it is told otherwise, and the
// checker must say that it is false there, every time.
import { type Case, judge } from "./check.ts";

export interface Lie {
  name: string;
  language: "en" | "de";
  /** Where it stands, if that is not in the words. */
  where?: string;
  from: RegExp;
  to: string;
}

export const ABOUT_THE_DESK: Lie[] = [
  {
    name: "a promise of who has not left",
    language: "en",
    from: /^One said yes and has not left yet$/,
    to: "One is on the way, there in 3 min (nurse)",
  },
  {
    name: "exhausted too early",
    language: "en",
    from: /^Nobody is coming yet .*/,
    to: "Nobody is coming: nobody is left to ask",
  },
  { name: "there without their word", language: "en", from: /^at the address, not confirmed$/, to: "there" },
  {
    name: "a countdown of nothing",
    language: "en",
    from: /^Enough have said yes: nobody more is asked$/,
    to: "Next: 1.5 km in 0:43",
  },
  {
    name: "another reason for the end",
    language: "en",
    from: /^finished: the ambulance took over$/,
    to: "finished: had to leave",
  },
  { name: "a wrong distance", language: "en", from: /^\d+ m away$/, to: "1.9 km away" },
  { name: "a wave at another time", language: "en", from: /^Next: (.*) in .*/, to: "Next: $1 in 9:59" },
  {
    name: "danger that is over",
    language: "en",
    from: /^There was danger: nobody more is asked$/,
    to: "A responder is in danger",
  },
  { name: "one more is ringing", language: "en", from: /^One is ringing$/, to: "2 are ringing" },
  {
    name: "nobody was ever there",
    language: "en",
    where: "first",
    from: /^One has finished .*/,
    to: "Nobody is coming",
  },
  { name: "silent who is not", language: "en", from: /^not left yet$/, to: "not heard from" },
  {
    name: "another reason to ring",
    language: "en",
    where: "alarm",
    from: /^Nobody is left to ask$/,
    to: "The plan allows nobody more to be asked",
  },
  {
    name: "one more is on the way",
    language: "de",
    from: /^Eine Person ist unterwegs, (in .*|binnen .*) da(.*)$/,
    to: "2 sind unterwegs, die erste $1 da$2",
  },
  {
    name: "still asked who are enough",
    language: "de",
    from: /^Genug haben zugesagt: niemand wird mehr gefragt$/,
    to: "Als Nächstes: 1,5 km in 0:43",
  },
  {
    name: "handed over who was not",
    language: "de",
    from: /^fertig: musste weg$/,
    to: "fertig: der Rettungsdienst hat übernommen",
  },
  { name: "another outcome", language: "de", from: /^Geschlossen: .*$/, to: "Geschlossen: Fehlalarm" },
  { name: "a fresh position", language: "de", from: /^Position \d+ min alt$/, to: "Position 5 s alt" },
  {
    name: "held for another reason",
    language: "de",
    from: /^Wartet auf Sie: .*/,
    to: "Wartet auf Sie: der Patient ist sehr jung",
  },
  {
    name: "a waiting push that rings",
    language: "de",
    from: /^Ein Alarm wartet auf einen Push-Anbieter$/,
    to: "3 Alarme warten auf einen Push-Anbieter",
  },
];

export const ABOUT_A_PHONE: Lie[] = [
  {
    name: "safe in danger",
    language: "en",
    from: /^Stay away until the control room says otherwise\.$/,
    to: "The control room says that the scene is safe. You can go on.",
  },
  { name: "an address of elsewhere", language: "en", from: /^Where$/, to: "Address of the old place" },
  {
    name: "danger where there is none",
    language: "en",
    from: /^Your help is needed$/,
    to: "You were asked to help",
  },
  { name: "further than they are", language: "en", from: /^On scene$/, to: "With the patient" },
  {
    name: "another end",
    language: "en",
    from: /^It was a false alarm\.$/,
    to: "The ambulance is there.",
  },
  {
    name: "no position though one came",
    language: "en",
    from: /^(\d+ m away) when last heard from$/,
    to: "$1 when you were asked",
  },
  { name: "went who did not", language: "en", from: /^You are not needed$/, to: "No longer needed" },
  {
    name: "danger after the all-clear",
    language: "de",
    from: /^Die Gefahr ist vorbei$/,
    to: "Gefahr: bleiben Sie fern",
  },
  { name: "the code of the old door", language: "de", from: /^Türcode der alten Adresse$/, to: "Türcode" },
  { name: "there who is on the way", language: "de", from: /^Unterwegs$/, to: "Vor Ort" },
  {
    name: "a report that is taken back",
    language: "de",
    from: /^Die Leitstelle weiß, dass Sie in Gefahr sind\. .*/,
    to: "Die Leitstelle erfährt gerade, dass Sie in Sicherheit sind …",
  },
  {
    name: "never went who did",
    language: "de",
    from: /^Sie können umkehren\. .*/,
    to: "Sie müssen nichts tun.",
  },
  {
    name: "decided by somebody else",
    language: "de",
    from: /^Genug andere haben zugesagt\.$/,
    to: "Die Leitstelle hat es so entschieden.",
  },
];

/** How often a lie was told, and how often it was believed. */
export interface Caught {
  told: number;
  believed: number;
}

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

/** The first place in the case where this lie can be told, with the lie in it. */
function told({ language, where, from, to }: Lie, one: Case): Case | null {
  for (const { where: stands, alert_id, [language]: text = "" } of one.said) {
    if ((where && where !== stands) || !from.test(plain(text))) continue;
    return { ...one, said: [{ where: stands, alert_id, [language]: plain(text).replace(from, to) }] };
  }
  return null;
}

/** Tells each lie wherever what it is made from is said. */
export async function tell(lies: readonly Lie[], cases: readonly Case[]): Promise<Map<string, Caught>> {
  const all = lies.flatMap(({ name }, n) =>
    cases.flatMap((one) => {
      const lie = told(lies[n] as Lie, one);
      return lie ? [{ ...lie, step: name }] : [];
    }),
  );
  const caught = new Map(lies.map(({ name }): [string, Caught] => [name, { told: 0, believed: 0 }]));
  for (const [n, wrong] of (await judge(all)).entries()) {
    const one = caught.get(all[n]?.step ?? "");
    if (!one) continue;
    one.told++;
    if (wrong.length === 0) one.believed++;
  }
  return caught;
}
