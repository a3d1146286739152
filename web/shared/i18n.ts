// The words of a page in the person's language, from its message files.

/** The languages that have message files. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

/** Names of messages; one that counts is named without its `.one` and `.other`. */
export type MessageOf<Key> = Key extends `${infer Stem}.one` | `${infer Stem}.other` ? Stem : Key;
export type Values = Record<string, string | number>;

/** The language of the browser, if there is a file for it. */
export function preferred(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return (known as Language | undefined) ?? "en";
}

/** The text with `{name}` replaced by its value. */
export const filled = (text: string, values: Values) =>
  text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));

/** The messages of one page. Its methods may be taken off it. */
export class Words<File extends Record<string, string>> {
  private language: Language = "en";
  private plural = new Intl.PluralRules("en");
  private readonly files: Record<Language, Record<string, string>>;

  constructor(files: Record<Language, File>) {
    this.files = files;
  }

  readonly speak = (chosen: Language): void => {
    this.language = chosen;
    this.plural = new Intl.PluralRules(chosen);
  };

  readonly spoken = () => this.language;

  /** The message with its values; `n` chooses between `.one` and `.other`. */
  readonly t = (message: MessageOf<keyof File & string>, values: Values = {}): string => {
    const file = this.files[this.language];
    const counted = typeof values.n === "number" ? `${message}.${this.plural.select(values.n)}` : message;
    return filled(file[counted] ?? file[message] ?? file[`${message}.other`] ?? message, values);
  };

  /** The page's word for a word of the server; an unknown one is shown as it is. */
  readonly word = (group: string, code: string | null | undefined): string => {
    if (!code) return "";
    return this.files[this.language][`${group}.${code}`] ?? code.replaceAll("_", " ");
  };

  readonly number = (value: number) => new Intl.NumberFormat(this.language).format(value);
}
