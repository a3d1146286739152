// The alarm that everybody in the room hears, made in the browser: no file to load and none to miss.

/** Seconds between two rounds of the alarm. */
const ROUND_S = 2.4;

let context: AudioContext | null = null;
let timer = 0;
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

/** Two rising tones twice: unlike any telephone. */
export function playOnce(): void {
  if (!context || !soundWorks()) return;
  const start = context.currentTime + 0.02;
  for (const [n, hertz] of [660, 880, 660, 880].entries()) tone(hertz, start + n * 0.22, 0.2);
}

/** The alarm sounds until it is told not to. */
export function alarm(on: boolean): void {
  if (on && !timer) {
    playOnce();
    timer = setInterval(playOnce, ROUND_S * 1000) as unknown as number;
  } else if (!on && timer) {
    clearInterval(timer);
    timer = 0;
  }
}
