// Go's quoting of texts: `strconv.Quote` and its relatives.

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** True for letters, marks, numbers, punctuation, symbols and the plain blank. */
export function isPrintable(point: number): boolean {
  return printable.test(String.fromCodePoint(point));
}

/** The text as a Go string literal in double quotes. */
export function quote(text: string): string {
  return quoteWith(text, '"', false);
}

/** Like `quote`, with everything outside ASCII as an escape. */
export function quoteToAscii(text: string): string {
  return quoteWith(text, '"', true);
}

/** One character, given as its number, as a Go literal in single quotes. */
export function quoteCharacter(point: bigint, asciiOnly: boolean): string {
  return quoteWith(toCharacter(point), "'", asciiOnly);
}

/** The character with that number, the replacement character when there is none. */
export function toCharacter(point: bigint): string {
  const isCharacter = point >= 0n && point <= 0x10ffffn && !(point >= 0xd800n && point <= 0xdfffn);
  return isCharacter ? String.fromCodePoint(Number(point)) : "\ufffd";
}

/** True when the text can stand in backquotes as it is. */
export function canBackquote(text: string): boolean {
  return !/[\u0000-\u0008\u000a-\u001f`\u007f\ufeff]/.test(text);
}

/** The text with halves of surrogate pairs replaced, which no text in UTF-8 can hold. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function quoteWith(text: string, mark: '"' | "'", asciiOnly: boolean): string {
  let quoted = "";
  for (const character of wellFormed(text)) {
    quoted += escapeCharacter(character, mark, asciiOnly);
  }
  return mark + quoted + mark;
}

const letters: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function escapeCharacter(character: string, mark: string, asciiOnly: boolean): string {
  if (character === mark || character === "\\") {
    return `\\${character}`;
  }
  const point = character.codePointAt(0) ?? 0;
  if ((point < 0x80 || !asciiOnly) && isPrintable(point)) {
    return character;
  }
  const letter = letters[character];
  if (letter !== undefined) {
    return letter;
  }
  if (point < 0x20 || point === 0x7f) {
    return `\\x${writeHex(point, 2)}`;
  }
  return point < 0x10000 ? `\\u${writeHex(point, 4)}` : `\\U${writeHex(point, 8)}`;
}

function writeHex(point: number, digits: number): string {
  return point.toString(16).padStart(digits, "0");
}
