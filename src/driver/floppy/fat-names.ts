// Names on a FAT file system: a short alias of eight and three characters for each, and the long name beside it where it differs.

/** How a name is written: the alias, filled up with spaces to eleven bytes, and the long name if it says more. */
export interface FatName {
  readonly alias: string;
  readonly long?: string | undefined;
}

/** UTF-16 units of a long name. */
const LONGEST = 255;
const SHORT_NAME = /^([A-Z0-9!#$%&'()@^_`{}~-]{1,8})(?:\.([A-Z0-9!#$%&'()@^_`{}~-]{1,3}))?$/;

/** The same for names that differ in upper and lower case alone: one folder cannot hold both. */
export function nameKey(name: string): string {
  // Character by character: those with no single capital letter stay as they are.
  return Array.from(name, (character) => {
    const upper = character.toUpperCase();
    return upper.length === character.length ? upper : character;
  }).join("");
}

/** Why a name cannot be used; `undefined` when it can. */
export function nameProblem(name: string): string | undefined {
  if (name.length > LONGEST) {
    return `It has ${name.length} characters, more than ${LONGEST}.`;
  }
  const wrong = /["*/:<>?\\|\u0000-\u001f\u007f]/.exec(name)?.[0];
  if (wrong !== undefined) {
    return `It has the character ${JSON.stringify(wrong)}.`;
  }
  return /[. ]$/.test(name) ? "It ends in a dot or a space." : undefined;
}

/** The names of one folder as they are written, in the same order. Each alias is there once. */
export function makeFatNames(names: readonly string[]): readonly FatName[] {
  const exact = names.map(makeExactAlias);
  const used = new Set(exact.filter((alias) => alias !== undefined));
  const last = new Map<string, number>();
  return names.map((name, at) => {
    const alias = exact[at] ?? numberAlias(name, used, last);
    return name === showAlias(alias) ? { alias } : { alias, long: name };
  });
}

/** The alias of a name that is one already, but for lower case. */
function makeExactAlias(name: string): string | undefined {
  const [, base, extension = ""] = SHORT_NAME.exec(toAsciiUpper(name)) ?? [];
  return base === undefined ? undefined : base.padEnd(8) + extension.padEnd(3);
}

/** What is left of a name in eight and three characters, with a number behind a tilde. */
function numberAlias(name: string, used: Set<string>, last: Map<string, number>): string {
  const bare = toAsciiUpper(name.replace(/^\.+/, "").replaceAll(" ", ""));
  const dot = bare.lastIndexOf(".");
  const base = shorten(dot < 0 ? bare : bare.slice(0, dot), 8) || "_";
  const extension = dot < 0 ? "" : shorten(bare.slice(dot + 1), 3);
  const basis = `${base}.${extension}`;
  for (let number = (last.get(basis) ?? 0) + 1; ; number++) {
    const tail = `~${number}`;
    const alias = (base.slice(0, 8 - tail.length) + tail).padEnd(8) + extension.padEnd(3);
    if (used.has(alias)) {
      continue;
    }
    used.add(alias);
    last.set(basis, number);
    return alias;
  }
}

function shorten(text: string, length: number): string {
  return text
    .replaceAll(".", "")
    .replaceAll(/[^A-Z0-9!#$%&'()@^_`{}~-]/gu, "_")
    .slice(0, length);
}

function toAsciiUpper(text: string): string {
  return text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
}

function showAlias(alias: string): string {
  const extension = alias.slice(8).trimEnd();
  return alias.slice(0, 8).trimEnd() + (extension === "" ? "" : `.${extension}`);
}
