// Escaping for HTML, JavaScript and URLs, as the built-in functions html, js and urlquery do it.
import { isPrintable, wellFormed } from "./quote.ts";

const htmlEscapes: Readonly<Record<string, string>> = {
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\0": "\ufffd",
};

export function escapeHtml(text: string): string {
  return text.replace(/["'&<>\0]/g, (character) => htmlEscapes[character] ?? character);
}

const jsEscapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
};

export function escapeJs(text: string): string {
  return wellFormed(text).replace(/[^ -\u007f]|["'\\<>&=]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    if (jsEscapes[character] !== undefined) {
      return jsEscapes[character];
    }
    if (point >= 0x80 && isPrintable(point)) {
      return character;
    }
    return `\\u${point.toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** Everything but letters, digits and `-_.~` as `%XX`; blanks as `+`. */
export function escapeUrlQuery(text: string): string {
  return encodeURIComponent(wellFormed(text))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
