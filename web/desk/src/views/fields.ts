// All fields of a form at once, by their names: what was typed can be taken out and put back.

/** Texts and choices by name or id; a radio button by name and value. */
export type Fields = Record<string, string | boolean>;

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const fieldsOf = (form: HTMLFormElement) =>
  [...form.querySelectorAll<Field>("input, textarea, select")].filter((field) => field.name || field.id);

const isSwitch = (field: Field): field is HTMLInputElement =>
  field.type === "radio" || field.type === "checkbox";

const keyOf = (field: Field) =>
  field.type === "radio" ? `${field.name}=${field.value}` : field.name || field.id;

export function readFields(form: HTMLFormElement): Fields {
  return Object.fromEntries(
    fieldsOf(form).map((field) => [keyOf(field), isSwitch(field) ? field.checked : field.value]),
  );
}

/** Puts them back as if they were typed; those that are gone are left out. */
export function writeFields(form: HTMLFormElement, fields: Fields): void {
  for (const field of fieldsOf(form)) {
    const value = fields[keyOf(field)];
    if (isSwitch(field)) {
      if (typeof value === "boolean") field.checked = value;
    } else if (typeof value === "string" && value !== field.value) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

export const sameFields = (a: Fields, b: Fields) => JSON.stringify(a) === JSON.stringify(b);
