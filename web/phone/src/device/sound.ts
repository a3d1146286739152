// The alarm, made in the browser: no file to load and none to miss. An exercise sounds unlike a real
// alert, and neither is like a telephone.

export type Sound = "alert" | "exercise" | "danger" | "stand_down" | "update";

/** Seconds of one round, and the tones in it: hertz, start, length. */
interface Score {
  round: number;
  wave: OscillatorType;
  loud: number;
  tones: [number, number, number][];
  /** It goes on until somebody answers. */
  goesOn: boolean;
}

const SCORES: Record<Sound, Score> = {
  alert: {
    round: 1.6,
    wave: "square",
    loud: 0.9,
    goesOn: true,
    tones: [0, 0.2, 0.4, 0.8, 1].map((at, n) => [n % 2 === 0 ? 960 : 1280, at, 0.18]),
  },
  exercise: {
    round: 3,
    wave: "sine",
    loud: 0.5,
    goesOn: true,
    tones: [
      [523, 0, 0.3],
      [392, 0.4, 0.5],
    ],
  },
  danger: {
    round: 1,
    wave: "sawtooth",
    loud: 0.9,
    goesOn: true,
    tones: [0, 0.25, 0.5, 0.75].map((at) => [620, at, 0.2]),
  },
  stand_down: {
    round: 2,
    wave: "triangle",
    loud: 0.9,
    goesOn: true,
    tones: [
      [660, 0, 0.4],
      [495, 0.5, 0.4],
      [330, 1, 0.6],
    ],
  },
  update: {
    round: 1,
    wave: "sine",
    loud: 0.7,
    goesOn: false,
    tones: [
      [880, 0, 0.15],
      [1175, 0.2, 0.25],
    ],
  },
};
const VIBRATION: Record<Sound, number[]> = {
  alert: [600, 150, 600, 150],
  exercise: [150, 400],
  danger: [120, 80, 120, 80, 120, 80],
  stand_down: [1000, 300],
  update: [200, 100, 200],
};
/** It is loud for so long at most, seconds: then it is a lost phone. */
const ROUNDS_S = 180;

let context: AudioContext | null = null;
let timer: ReturnType<typeof setInterval> | undefined;
let playing: Sound | null = null;
const listeners = new Set<() => void>();

/** Browsers play nothing before somebody has touched the page. */
export const soundWorks = () => context?.state === "running";
export const ringing = () => playing;

export function onSound(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = () => {
  for (const listener of listeners) listener();
};

/** Switches sound on; call it from a touch or a key. True when the browser plays. */
export async function switchOn(): Promise<boolean> {
  context ??= new AudioContext();
  context.onstatechange = tell;
  // a browser without leave to play never answers
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  tell();
  return soundWorks();
}

function round(sound: Sound): void {
  navigator.vibrate?.(VIBRATION[sound]);
  if (context?.state !== "running") return;
  const { wave, loud, tones } = SCORES[sound];
  for (const [hertz, at, seconds] of tones) {
    const start = context.currentTime + 0.02 + at;
    const [source, volume] = [context.createOscillator(), context.createGain()];
    source.frequency.value = hertz;
    source.type = wave;
    // a soft beginning and end: no click in the loudspeaker
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(loud, start + 0.015);
    volume.gain.setValueAtTime(loud, start + seconds - 0.03);
    volume.gain.linearRampToValueAtTime(0, start + seconds);
    source.connect(volume).connect(context.destination);
    source.start(start);
    source.stop(start + seconds);
  }
}

/** Sounds and vibrates, again and again where it must not be missed. */
export function ring(sound: Sound): void {
  hush();
  void switchOn().then(() => playing === sound && round(sound));
  playing = sound;
  const { round: length, goesOn } = SCORES[sound];
  let left = goesOn ? Math.floor(ROUNDS_S / length) : 1;
  timer = setInterval(() => {
    if (--left <= 0) return hush();
    round(sound);
  }, length * 1000);
  tell();
}

/** Silence. What was said to be seen stays to be seen. */
export function hush(): void {
  if (!playing) return;
  clearInterval(timer);
  playing = null;
  navigator.vibrate?.(0);
  tell();
}
