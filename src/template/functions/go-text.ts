// Letters and blanks as Go sees them: one character at a time, where JavaScript maps whole words.

const spaces = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const outerSpaces = new RegExp(`^[${spaces}]+|[${spaces}]+$`, "gu");

/** The text without blanks around it. */
export function trimSpaces(text: string): string {
  return text.replace(outerSpaces, "");
}

/** The text in upper case; a letter whose upper case is several letters stays. */
export function upperCase(text: string): string {
  return mapLetters(text, upperLetter);
}

/** The text in lower case; what stands around a letter does not matter. */
export function lowerCase(text: string): string {
  return mapLetters(text, (letter) => (letter === "\u0130" ? "i" : letter.toLowerCase()));
}

function mapLetters(text: string, change: (letter: string) => string): string {
  let changed = "";
  for (const letter of text) {
    changed += change(letter);
  }
  return changed;
}

function upperLetter(letter: string): string {
  const upper = letter.toUpperCase();
  if (upper.length === letter.length) {
    return upper;
  }
  // Greek letters with a small iota have one upper-case letter that carries it, eight or nine places on.
  const point = letter.codePointAt(0) ?? 0;
  if (point >= 0x1f80 && point <= 0x1faf) {
    return String.fromCodePoint(point | 8);
  }
  if (point === 0x1fb3 || point === 0x1fc3 || point === 0x1ff3) {
    return String.fromCodePoint(point + 9);
  }
  return letter;
}

const titleForms: Readonly<Record<string, string>> = {
  Ǆ: "ǅ",
  ǅ: "ǅ",
  ǆ: "ǅ",
  Ǉ: "ǈ",
  ǈ: "ǈ",
  ǉ: "ǈ",
  Ǌ: "ǋ",
  ǋ: "ǋ",
  ǌ: "ǋ",
  Ǳ: "ǲ",
  ǲ: "ǲ",
  ǳ: "ǲ",
};

/** Every word with its first letter in title case. In ASCII letters, digits and the underscore make words; beyond it only blanks part them. */
export function titleCase(text: string): string {
  let begins = true;
  return mapLetters(text, (letter) => {
    const changed = begins ? (titleForms[letter] ?? upperLetter(letter)) : letter;
    begins = letter < "\u0080" ? !/\w/.test(letter) : isSpace.test(letter);
    return changed;
  });
}

const isSpace = new RegExp(`[${spaces}]`, "u");

/** The text cut at each separator; at each character when it is empty. */
export function splitText(text: string, separator: string): string[] {
  return separator === "" ? [...text] : text.split(separator);
}

/** Every occurrence replaced; an empty one stands before every character and at the end. */
export function replaceText(text: string, old: string, fresh: string): string {
  if (old !== "") {
    return text.replaceAll(old, () => fresh);
  }
  return fresh + [...text].map((character) => character + fresh).join("");
}
