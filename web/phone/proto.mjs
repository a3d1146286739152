// Makes src/generated/phone.{js,d.ts} from proto/muster/v1/phone.proto: readers and writers by pbf's
// own compiler, and their types, which pbf does not make.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileRaw } from "pbf/compile";
import schema from "resolve-protobuf-schema";

const PROTO = fileURLToPath(new URL("../../proto/muster/v1/phone.proto", import.meta.url));
const OUT = fileURLToPath(new URL("src/generated", import.meta.url));
const SCALARS = { string: "string", bool: "boolean", bytes: "Uint8Array" };

/** The TypeScript type of a field, as seen from the message named `within`. */
function typeOf(field, within, known) {
  const type =
    SCALARS[field.type] ?? known.get(`${within}${field.type}`) ?? known.get(field.type) ?? "number";
  return field.repeated ? `${type}[]` : type;
}

/** Every message and enum by the name that pbf gives it. */
function* all(parts, prefix = "") {
  for (const one of parts.enums) yield { name: `${prefix}${one.name}`, values: one.values };
  for (const message of parts.messages) {
    const name = `${prefix}${message.name}`;
    yield { name, fields: message.fields };
    yield* all(message, name);
  }
}

function declared({ name, fields, values }, known) {
  if (values) {
    const names = Object.entries(values).map(([key, { value }]) => `  readonly ${key}: ${value};`);
    return `export declare const ${name}: {\n${names.join("\n")}\n};\n`;
  }
  const lines = fields.map((field) => {
    const type = typeOf(field, name, known);
    // a message that is absent is undefined, anything else has its default
    const absent = known.has(type) || field.oneof ? "?" : "";
    return `  ${field.name}${absent}: ${type};`;
  });
  const chosen = fields.filter((field) => field.oneof);
  if (chosen.length > 0)
    lines.push(`  ${chosen[0].oneof}?: ${chosen.map((field) => `"${field.name}"`).join(" | ")};`);
  return [
    `export interface ${name} {\n${lines.join("\n")}\n}`,
    `export declare function read${name}(pbf: PbfReader, end?: number): ${name};`,
    `export declare function write${name}(obj: Part<${name}>, pbf: PbfWriter): void;\n`,
  ].join("\n");
}

const parsed = schema.sync(PROTO);
const parts = [...all(parsed)];
const known = new Map(parts.map(({ name, values }) => [name, values ? "number" : name]));
const types = [
  'import type { PbfReader, PbfWriter } from "pbf";\n',
  "/** What is left out has its default. */",
  "export type Part<T> = { [K in keyof T]?: T[K] extends (infer U)[] ? Part<U>[] : T[K] extends object | undefined ? Part<NonNullable<T[K]>> : T[K] };\n",
  ...parts.map((part) => declared(part, known)),
];
mkdirSync(OUT, { recursive: true });
writeFileSync(`${OUT}/phone.js`, compileRaw(parsed));
writeFileSync(`${OUT}/phone.d.ts`, types.join("\n"));
