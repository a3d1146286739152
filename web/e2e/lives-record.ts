// What a run showed, step by step: pictures of desk and phone, the sentences on them, and a page to look at them.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { Said, Wrong } from "../truth/check.ts";

const FOLDER = fileURLToPath(new URL("./shots/lives", import.meta.url));

interface Step {
  life: string;
  name: string;
  pictures: string[];
  said: Said[];
  wrong: Wrong[];
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export class Record {
  private readonly steps: Step[] = [];

  constructor() {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
  }

  /** Pictures of these pages as they are now, by their names. */
  async pictures(life: string, name: string, pages: { [who: string]: Page }): Promise<string[]> {
    const base = `${life} ${String(this.steps.length).padStart(2, "0")} ${name}`.replaceAll(/[^\w]+/g, "-");
    return await Promise.all(
      Object.entries(pages).map(async ([who, page]) => {
        const file = `${base}-${who}.png`;
        // the whole of what is said, also what has to be scrolled to
        await page.screenshot({ path: `${FOLDER}/${file}`, fullPage: who !== "desk" });
        return file;
      }),
    );
  }

  step(step: Step): void {
    this.steps.push(step);
  }

  /** Writes the page. */
  close(): void {
    const parts = this.steps.map(({ life, name, pictures, said, wrong }) => {
      const images = pictures.map((file) => `<a href="${file}"><img src="${file}" alt=""></a>`).join("");
      const line = ({ where, at, en, de }: Said) =>
        `<li>${escaped([where, at, en ?? de].filter(Boolean).join(" · "))}</li>`;
      const bad = wrong.map(({ where, text, why }) => `<li>${escaped(`${where} · ${text} · ${why}`)}</li>`);
      return `<section><h2>${escaped(life)}: ${escaped(name)}</h2>${images}
<ul class="bad">${bad.join("")}</ul><details><summary>${said.length} sentences</summary><ul>${said.map(line).join("")}</ul></details></section>`;
    });
    const style =
      "body{font:16px sans-serif}img{height:420px;margin:4px;border:1px solid #999}.bad{color:#b00}";
    writeFileSync(
      `${FOLDER}/index.html`,
      `<!doctype html><meta charset="utf-8"><title>Ten lives</title><style>${style}</style>${parts.join("\n")}`,
    );
  }
}
