// The sign of an incident: shape, colour and letter say the same.
import { isComing, isThere } from "../../../shared/sentences/desk/people.ts";
import type { Incident } from "../api/types.ts";
import { LETTER_Y, SHAPES } from "../state/marks.ts";
import type { Urgency } from "../state/urgency.ts";
import { word } from "../words/i18n.ts";
import { figuresWords } from "../words/sentences.ts";

export function Mark({ urgency, size = 28 }: { urgency: Urgency; size?: number }) {
  return (
    <svg class={`mark mark-${urgency}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={SHAPES[urgency]} />
      <text x="12" y={LETTER_Y[urgency] ?? 16.4} text-anchor="middle">
        {word("letter", urgency)}
      </text>
    </svg>
  );
}

/** One figure for everybody wanted: there, coming, or missing. */
export function Figures({ incident }: { incident: Incident }) {
  const there = incident.alerts.filter(isThere).length;
  const coming = incident.alerts.filter(isComing).length;
  const { wanted } = incident;
  const missing = Math.max(0, wanted - there - coming);
  const kinds = [
    ...Array.from({ length: there }, () => "there"),
    ...Array.from({ length: coming }, () => "coming"),
    ...Array.from({ length: missing }, () => "missing"),
  ].slice(0, 8);
  return (
    <span class="figures" role="img" aria-label={figuresWords(incident)}>
      {kinds.map((kind, n) => (
        <svg
          key={n}
          class={`figure figure-${kind}`}
          viewBox="0 0 14 20"
          width="14"
          height="20"
          aria-hidden="true"
        >
          <circle cx="7" cy="5" r="3.600" />
          <path d="M1.500 18.500v-2.500a5.500 5.500 0 0 1 11 0v2.500Z" />
        </svg>
      ))}
    </span>
  );
}
