// The enrolment code: from the address of a link, from a QR picture, or typed.

let taken = "";

/** Letters and digits of a code in groups of four, as the desk shows it; a link is read as well. */
export function codeOf(text: string): string {
  const linked = /[#&]code=([^&]+)/.exec(text)?.[1];
  const plain = (linked ? decodeURIComponent(linked) : text).toUpperCase().replaceAll(/[^0-9A-Z]/g, "");
  return plain.match(/.{1,4}/g)?.join("-") ?? "";
}

/** A whole code: three groups of four. */
export const isCode = (text: string) => /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/.test(codeOf(text));

/** Takes the code out of the address at once: neither history nor a picture of the screen keeps it. */
export function takeCode(): void {
  if (!location.hash.includes("code=")) return;
  try {
    taken = codeOf(location.hash);
  } catch {
    // not an address of ours
  }
  history.replaceState(null, "", location.pathname + location.search);
}

/** The code that the page was opened with, if any. */
export const codeFromLink = () => taken;
