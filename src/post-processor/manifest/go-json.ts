// JSON text exactly as Go's encoder indents and escapes it.

/** What `writeGoJson` writes. A `Map` is written with its keys sorted by their bytes, an object with its keys as they stand. */
export type GoJson =
  | string
  | number
  | null
  | undefined
  | readonly GoJson[]
  | ReadonlyMap<string, GoJson>
  | { readonly [key: string]: GoJson };

/** As Go's `json.MarshalIndent` with two spaces. Fields that are `undefined` are left out. */
export function writeGoJson(value: GoJson): string {
  return write(value, "\n");
}

function write(value: GoJson, lineEnd: string): string {
  if (value === undefined || value === null) {
    return "null";
  }
  if (typeof value === "string") {
    return quote(value);
  }
  if (typeof value === "number") {
    return String(value);
  }
  const inner = `${lineEnd}  `;
  if (Array.isArray(value)) {
    return enclose(
      "[",
      value.map((each: GoJson) => write(each, inner)),
      "]",
      lineEnd,
    );
  }
  const fields =
    value instanceof Map
      ? [...value].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      : Object.entries(value);
  const written = fields
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `${quote(key)}: ${write(each, inner)}`);
  return enclose("{", written, "}", lineEnd);
}

function enclose(open: string, parts: readonly string[], close: string, lineEnd: string): string {
  return parts.length === 0 ? open + close : `${open}${lineEnd}  ${parts.join(`,${lineEnd}  `)}${lineEnd}${close}`;
}

/** Go also escapes `<`, `>`, `&` and the two line separators of JavaScript, and has no short form for backspace and form feed. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/\\u[0-9a-f]{4}|\\.|[<>&\u2028\u2029]/g, (found) => {
    // Half a surrogate pair: Go has none in its strings and writes the replacement character.
    if (/^\\ud[89a-f]/.test(found)) {
      return "\\ufffd";
    }
    if (found === "\\b") {
      return "\\u0008";
    }
    if (found === "\\f") {
      return "\\u000c";
    }
    return found.startsWith("\\") ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
