// Everything that the desk says about an incident.
import { sayer, type Table } from "../sentence.ts";

export const DESK = {
  "first.held": {
    when: "state = held; held_reasons are {held}",
    en: "Waits for you: {held}",
    de: "Wartet auf Sie: {held}",
  },
  "first.nobody": {
    when: "state = alerting or covered; nobody said yes, is there or has finished; {age_s} since alerting_since",
    en: "Nobody is coming yet · {age_s}",
    de: "Noch kommt niemand · {age_s}",
  },
  "state.next": {
    when: "next is not null; next.at is {in_s} away",
    en: "next: {radius_m} in {in_s}",
    de: "als Nächstes: {radius_m} in {in_s}",
  },
} as const satisfies Table;

export type DeskId = keyof typeof DESK;
export const say = sayer(DESK);
