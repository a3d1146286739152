// The alarm that everybody in the room hears, made in the browser: no file to load and none to miss.

/** Seconds between two rounds of the alarm. */
const ROUND_S = 2.4;
/** The same of a dead line: it must not tire whoever goes on without it. */
const LINE_ROUND_S = 6;

let context: AudioContext | null = null;
const listeners = new Set<() => void>();

/** Browsers play nothing before somebody has touched the page. */
export const soundWorks = () => context?.state === "running";

export function onSound(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Switches sound on; call it from a click or a key. True when the browser plays. */
export async function switchOn(): Promise<boolean> {
  context ??= new AudioContext();
  context.onstatechange = () => {
    for (const listener of listeners) listener();
  };
  // a browser without leave to play never answers
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  for (const listener of listeners) listener();
  return soundWorks();
}

function tone(hertz: number, at: number, seconds: number): void {
  if (!context) return;
  const [source, volume] = [context.createOscillator(), context.createGain()];
  source.frequency.value = hertz;
  source.type = "triangle";
  // a soft beginning and end: no click in the loudspeaker
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.4, at + 0.02);
  volume.gain.setValueAtTime(0.4, at + seconds - 0.05);
  volume.gain.linearRampToValueAtTime(0, at + seconds);
  source.connect(volume).connect(context.destination);
  source.start(at);
  source.stop(at + seconds);
}

function play(tones: number[], seconds: number): void {
  if (!context || !soundWorks()) return;
  const start = context.currentTime + 0.02;
  for (const [n, hertz] of tones.entries()) tone(hertz, start + n * seconds * 1.1, seconds);
}

/** Two rising tones twice: unlike any telephone. */
export const playOnce = () => play([660, 880, 660, 880], 0.2);

/** The half of an alarm, once: something is still as somebody here knew. */
export const playReminder = () => play([660, 880], 0.2);

/** Three low falling tones: nobody takes a dead line for somebody in danger. */
const playLine = () => play([330, 262, 196], 0.35);

/** A sound that is played anew every so many seconds while it is on. */
function repeated(playRound: () => void, everyS: number): (on: boolean) => void {
  let timer = 0;
  return (on) => {
    if (on && !timer) {
      playRound();
      timer = setInterval(playRound, everyS * 1000) as unknown as number;
    } else if (!on && timer) {
      clearInterval(timer);
      timer = 0;
    }
  };
}

/** The alarm sounds until it is told not to. */
export const alarm = repeated(playOnce, ROUND_S);
/** So does the sound of a line that is not there, or of a picture that is old. */
export const lineSound = repeated(playLine, LINE_ROUND_S);
