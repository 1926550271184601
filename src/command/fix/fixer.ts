// One thing that newer versions of Packer write otherwise, and how it is written today.

/** An object of a JSON template, to be changed in place. */
export type Fields = Record<string, unknown>;

/** The parts of a template that fixers change. */
export interface FixableTemplate {
  readonly builders: readonly Fields[];
  readonly provisioners: readonly Fields[];
  /** All of them, whatever lists they stand in; those given by their name alone have no options to change. */
  readonly postProcessors: readonly Fields[];
  /** There is a list of post-processors, if only of names. */
  readonly hasPostProcessors: boolean;
}

export interface Fixer {
  /** Packer's name for it. */
  readonly name: string;
  /** What it does, for help and for whoever wants to know why a line changed. */
  readonly summary: string;
  fix(template: FixableTemplate): void;
}

/** An option cannot be changed because of what it holds. */
export class FixError extends Error {}

/** The objects of a template that are of one of these types; all without a type. */
export function ofType(parts: readonly Fields[], ...types: readonly string[]): readonly Fields[] {
  return parts.filter(({ type }) => typeof type === "string" && types.includes(type));
}

/** Gives an option its new name; what stood under that is lost. */
export function rename(fields: Fields, from: string, to: string, fits: (value: unknown) => boolean = () => true): void {
  if (Object.hasOwn(fields, from) && fits(fields[from])) {
    fields[to] = fields[from];
    delete fields[from];
  }
}

/** The same, but an option that has the new name already wins. */
export function renameUnlessThere(
  fields: Fields,
  from: string,
  to: string,
  fits: (value: unknown) => boolean = () => true,
): void {
  if (Object.hasOwn(fields, from) && fits(fields[from])) {
    if (!Object.hasOwn(fields, to)) {
      fields[to] = fields[from];
    }
    delete fields[from];
  }
}

/** Gives an option its new name; the old one goes in any case where the new one is there. */
export function moveUnlessThere(
  fields: Fields,
  from: string,
  to: string,
  fits: (value: unknown) => boolean = () => true,
): void {
  if (Object.hasOwn(fields, to)) {
    delete fields[from];
  } else {
    rename(fields, from, to, fits);
  }
}

export function drop(fields: Fields, ...names: readonly string[]): void {
  for (const name of names) {
    delete fields[name];
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As Packer: many options are only renamed when they hold a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}
