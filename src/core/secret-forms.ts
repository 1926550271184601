// The disguises in which a secret value turns up in logs: quoted for a shell, inside JSON, encoded for transport.

/** Fragments of base64 shorter than this say too little and occur in ordinary text by chance. */
const SHORTEST_FRAGMENT = 5;

/** The value and every form of it that must be hidden. Values of one character hide nothing and are left out. */
export function listSecretForms(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  const unix = value.replaceAll("\r\n", "\n");
  const wholes = [value, value.trim(), unix, unix.replaceAll("\n", "\r\n"), ...value.split(/\r\n|\n|\r/)];
  for (const whole of new Set(wholes.flatMap((text) => [text, text.trim()]))) {
    if (whole.length < 2) {
      continue;
    }
    for (const form of listEncodings(whole)) {
      if (form.length > 1) {
        forms.add(form);
      }
    }
  }
  return forms;
}

function listEncodings(value: string): string[] {
  return [
    value,
    ...escapeJson(value),
    ...escapeUrl(value),
    ...encodeBase64(value),
    ...escapeShell(value),
    ...escapePowershell(value),
    escapeXml(value),
  ];
}

function escapeJson(value: string): string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  const ascii = plain.replace(/[\u007f-\uffff]/g, escapeUnicode);
  // As Go writes JSON: safe inside HTML.
  const html = plain.replace(/[<>&\u2028\u2029]/g, escapeUnicode);
  return [plain, ascii, html, plain.replaceAll("/", "\\/")];
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function escapeUrl(value: string): string[] {
  // Half of a surrogate pair cannot be encoded.
  const sound = Buffer.from(value).toString();
  const component = encodeURIComponent(sound);
  const strict = component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = strict.replaceAll("%20", "+");
  const all = [component, strict, form, encodeURI(sound)];
  return [...all, ...all.map((text) => text.replace(/%[0-9A-F]{2}/g, (encoded) => encoded.toLowerCase()))];
}

/** As part of a longer text a value can start at any of three places of the base64 grid; what does not depend on its neighbours is a secret. */
function encodeBase64(value: string): string[] {
  const forms: string[] = [];
  // PowerShell's -EncodedCommand is base64 of UTF-16.
  for (const encoding of ["utf8", "utf16le"] as const) {
    const bytes = Buffer.from(value, encoding);
    forms.push(bytes.toString("base64"), bytes.toString("base64url"));
    for (const before of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64url");
      const first = Math.ceil((before * 8) / 6);
      const last = Math.floor(((before + bytes.length) * 8) / 6);
      const fragment = text.slice(first, last);
      if (fragment.length < SHORTEST_FRAGMENT) {
        continue;
      }
      forms.push(fragment, fragment.replaceAll("-", "+").replaceAll("_", "/"));
    }
  }
  return forms;
}

function escapeShell(value: string): string[] {
  return [
    value.replaceAll("'", `'"'"'`),
    value.replaceAll("'", `'\\''`),
    value.replace(/["\\$`]/g, "\\$&"),
    value.replace(/["\\$`!]/g, "\\$&"),
    // As bash's `printf %q` and most quoting functions.
    value.replace(/[^\w@%+=:,./\-\u0080-\uffff]/g, "\\$&"),
    value.replace(/[\\']/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t"),
    // The command processor of Windows.
    value.replaceAll("%", "%%"),
    value.replace(/[&|<>^()"%!]/g, "^$&"),
  ];
}

function escapePowershell(value: string): string[] {
  return [
    value.replaceAll("'", "''"),
    value.replace(/[$"`']/g, "`$&"),
    value.replace(/[$"`]/g, "`$&"),
    value.replace(/[$`]/g, "`$&").replaceAll('"', '""'),
  ];
}

function escapeXml(value: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  return value.replace(/[&<>"']/g, (character) => names[character] ?? character);
}
