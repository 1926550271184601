// Secrets in a text as it was given, before anybody reads it: whatever is wrong with it, its lines may be shown.
import { type RawValue, showPlain } from "./raw-value.ts";

type Hide = (secret: string) => void;

const LINE_END = /\r\n|\r|\n/;
/** A name in front of a value, in JSON, YAML and HCL2. */
const NAMED = /^[\s{,-]*["']?[\p{L}_][\p{L}\p{N}_.-]*["']?\s*[:=]\s*(.*)$/su;
const QUOTED = /"((?:[^"\\]|\\.)*)"|'([^']*)'/gs;
const WORD = /[\p{L}\p{N}_][\p{L}\p{N}_-]*/gu;
const NUMBER = /^\d+(?:[eE]\d+)?/;
/** Shorter ones occur by chance, and tell next to nothing. */
const SHORTEST_WORD = 4;
/** What a value is written with, and words that hide nothing. */
const NO_SECRET = /^(?:[\s{}[\](),;"'|>]*|true|false|null|["']?(?:true|false|null)["']?,?)$/;

/** Hides a text of which nothing is known: as a whole, line by line, and what stands behind a name. */
export function hideText(text: string, hide: Hide): void {
  for (const piece of [text, ...text.split(LINE_END)]) {
    hidePiece(piece, hide);
    const [, value = ""] = NAMED.exec(piece) ?? [];
    if (value !== "") {
      hidePiece(value, hide);
    }
  }
}

/** Also without the marks around it. */
function hidePiece(piece: string, hide: Hide): void {
  const trimmed = piece.trim();
  const bare = trimmed.replace(/,$/, "");
  const inner = bare.replace(/^["'`]|["'`]$/g, "");
  for (const each of [trimmed, bare, inner]) {
    if (!NO_SECRET.test(each)) {
      hide(each);
    }
  }
}

/** Hides the source of a value: the texts in it, each line, and all of it. */
export function hideSource(source: string, hide: Hide): void {
  for (const piece of [source, ...source.split(LINE_END)]) {
    hidePiece(piece, hide);
  }
  for (const [, double, single] of source.matchAll(QUOTED)) {
    hidePiece(double ?? single ?? "", hide);
  }
}

/** Hides the words of a source that cannot be read: what is wrong with it is told with the word in which that was seen. */
export function hideWords(source: string, hide: Hide): void {
  const bare = source.replace(QUOTED, (text) => (/[$%]\{/.test(text) ? text : " "));
  for (const [word] of bare.matchAll(WORD)) {
    // A number ends where a letter follows that has no meaning in one.
    for (const each of [word, word.replace(NUMBER, ""), word.replace(/^\P{L}+/u, "")]) {
      if (each.length >= SHORTEST_WORD && !NO_SECRET.test(each)) {
        hide(each);
      }
    }
  }
}

/** Hides every text and number of a value. */
export function hideRaw(value: RawValue, hide: Hide): void {
  if (value.is === "string") {
    hide(value.text);
  } else if (value.is === "number") {
    hide(value.text);
    hide(showPlain(value));
  } else if (value.is === "list") {
    for (const item of value.items) {
      hideRaw(item, hide);
    }
  } else if (value.is === "map") {
    for (const entry of value.entries) {
      hideRaw(entry.value, hide);
    }
  }
}

/** Hides what these names are given in a file that may be broken: up to the next line that gives another name something. */
export function hideAssigned(text: string, names: Iterable<string>, hide: Hide): void {
  const lines = text.split(LINE_END);
  for (const name of names) {
    const given = new RegExp(
      `(?:^|[\\s{,])["']?${name.replace(/[\\^$.*+?()[\]{}|-]/g, "\\$&")}["']?\\s*[:=]\\s*(.*)$`,
      "u",
    );
    for (const [at, line] of lines.entries()) {
      const [, first] = given.exec(line) ?? [];
      if (first === undefined) {
        continue;
      }
      const next = lines.findIndex((each, i) => i > at && (NAMED.test(each) || /^\s*[}\]]+,?\s*$/.test(each)));
      for (const each of [first, ...lines.slice(at + 1, next < 0 ? lines.length : next)]) {
        hideSource(each, hide);
        hideWords(each, hide);
      }
    }
  }
}

/** The variables that a template calls sensitive, as far as that can be told without reading it: it may be broken. */
export function findSensitiveNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const list = /["']?sensitive-variables["']?\s*:\s*(\[[^\]]*\]?|(?:\s*-[^\n]*\n?)+)/.exec(text)?.[1] ?? "";
  for (const [name] of list.matchAll(/[\p{L}_][\p{L}\p{N}_.-]*/gu)) {
    names.add(name);
  }
  const block = /(?:variable\s+)?"?([\p{L}_][\p{L}\p{N}_-]*)"?\s*:?\s*\{((?:(?!\n\s?\}|\nvariable\b)[\s\S])*)/gu;
  for (const [, name, body] of text.matchAll(block)) {
    if (/["']?sensitive["']?\s*[:=]\s*(?!false)/.test(body ?? "")) {
      names.add(name ?? "");
    }
  }
  return names;
}

/** Hides the defaults of sensitive variables in an HCL2 file that may be broken. */
export function hideDefaults(text: string, hide: Hide): void {
  for (const [block] of text.matchAll(/variable\s[^{]*\{(?:(?!\n\}|\nvariable\b)[\s\S])*/g)) {
    if (/sensitive\s*=\s*(?!false)/.test(block)) {
      hideAssigned(block, ["default"], hide);
    }
  }
}
