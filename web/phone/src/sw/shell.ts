/// <reference lib="webworker" />
// The page's own files, kept so that it opens at once and without a network.

declare const self: ServiceWorkerGlobalScope;
/** Written by the build: the files of the page without its map, and a name that changes with them. */
declare const SHELL: { name: string; files: string[] };

export const PAGE = "/phone/";
/** Addresses without a dot are places within the page, as for the server. */
export const isPage = (path: string) => path.startsWith(PAGE) && !path.slice(PAGE.length).includes(".");

/** Keeps every file of this version; a new version takes over when no page of the old one is left. */
export async function fill(): Promise<void> {
  const cache = await caches.open(SHELL.name);
  await cache.addAll([PAGE, ...SHELL.files.map((file) => PAGE + file)]);
}

export async function forgetOld(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== SHELL.name).map((name) => caches.delete(name)));
}

/** The kept file for what the page asks; undefined for everything that is not the page's own. */
export function answerFromShell(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || !pathname.startsWith(PAGE))
    return undefined;
  const isPlace = request.mode === "navigate" && isPage(pathname);
  const file = isPlace ? PAGE : pathname;
  const known = file === PAGE || SHELL.files.includes(file.slice(PAGE.length));
  // the map's files are big and come when they are wanted; its own names change with them
  return known ? kept(file, request) : undefined;
}

async function kept(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(SHELL.name);
  return (await cache.match(file)) ?? fetch(request);
}
