// JSON from outside: anything may be in it, and nothing that is wrong with it is thrown.

/** What a text in JSON says; `undefined` when it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The entries of a text that is a JSON object. */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  return asObject(readJson(text));
}

/** The entries of a value that is an object, and no list. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
