// Log-ins for hosts, as people keep them for all their programs in `~/.netrc`.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { failure, readMessage } from "../../diagnostic/build-error.ts";

/** A log-in of the file. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
}

/** What the file that NETRC names, or the one in the home folder, holds for a host. `named` leaves out its `default`. */
export async function findLogin(place: Place, host: string, named: boolean): Promise<Login | undefined> {
  const home = place.env["HOME"] || place.homeDir;
  const given = place.env["NETRC"]?.replace(/^~(?=\/)/, home);
  const path = given || join(home, place.platform === "win32" ? "_netrc" : ".netrc");
  const text = await readFile(path, "utf8").catch((thrown: NodeJS.ErrnoException) => {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(thrown.code ?? "") && !given) {
      return "";
    }
    if (thrown.code === "ENOENT") {
      return "";
    }
    throw failure("environment", "http/netrc", "The file with log-ins could not be read", {
      detail: readMessage(thrown),
      hint: given ? "Correct NETRC, or take it away." : `Check ${path}.`,
      cause: thrown,
    });
  });
  return searchLogin(text, host.toLowerCase(), named);
}

/** Reads the text of such a file: the first entry of a host counts, and `default` where there is none. */
export function searchLogin(text: string, host: string, named: boolean): Login | undefined {
  const entries = readEntries(text);
  const entry =
    entries.find(({ machine }) => machine === host) ??
    (named ? undefined : entries.find(({ machine }) => machine === undefined));
  if (entry === undefined || (entry.login === undefined && entry.password === undefined)) {
    return undefined;
  }
  return { username: entry.login ?? "", password: entry.password ?? "" };
}

interface Entry {
  /** Missing in the one for all other hosts. */
  readonly machine: string | undefined;
  login?: string | undefined;
  password?: string | undefined;
}

function readEntries(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  // Macros are commands for FTP, up to an empty line.
  const words = tokenize(text.replace(/(^|\s)macdef\s[\s\S]*?(\r?\n\s*\r?\n|$)/g, "\n"));
  for (let word = words.next(); !word.done; word = words.next()) {
    const entry = entries.at(-1);
    if (word.value === "default") {
      entries.push({ machine: undefined });
    } else if (word.value === "machine") {
      entries.push({ machine: findNextText(words)?.toLowerCase() ?? "" });
    } else if (word.value === "account") {
      findNextText(words);
    } else if (word.value === "login" && entry !== undefined) {
      entry.login = findNextText(words);
    } else if (word.value === "password" && entry !== undefined) {
      entry.password = findNextText(words);
    }
  }
  return entries;
}

function findNextText(words: Iterator<string>): string | undefined {
  const next = words.next();
  return next.done ? undefined : next.value;
}

/** Words, which may stand in quotes as curl has it; a line that begins with `#` says nothing. */
function* tokenize(text: string): Generator<string, undefined> {
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*#/.test(line)) {
      continue;
    }
    for (const [, quoted, bare] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
      yield bare ?? unescapeQuoted(quoted ?? "");
    }
  }
}

function unescapeQuoted(text: string): string {
  const special: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  return text.replace(/\\(.)/g, (_, character: string) => special[character] ?? character);
}
