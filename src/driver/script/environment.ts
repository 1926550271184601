// Environment variables as text in front of a command or in a file that a shell reads.

/** A variable's name and value. */
export type Variable = readonly [name: string, value: string];

/** Who runs the script, for the variables that every script gets. */
export interface ScriptBuild {
  readonly build: { readonly name: string; readonly builderType: string };
  readonly generated: Readonly<Record<string, unknown>>;
}

/** The user's variables and those that every script gets, sorted by name as Packer does. */
export function scriptVariables(
  own: { readonly environment_vars: readonly string[]; readonly env: Readonly<Record<string, string>> },
  { build, generated }: ScriptBuild,
): readonly Variable[] {
  const all = new Map([
    ["PACKER_BUILD_NAME", build.name],
    ["PACKER_BUILDER_TYPE", build.builderType],
  ]);
  for (const [name, key] of httpVariables) {
    const value = String(generated[key] ?? "");
    if (value !== "" && value !== "0") {
      all.set(name, value);
    }
  }
  for (const entry of own.environment_vars) {
    const at = entry.indexOf("=");
    all.set(entry.slice(0, at), entry.slice(at + 1));
  }
  for (const [name, value] of Object.entries(own.env)) {
    all.set(name, value);
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}

const httpVariables = [
  ["PACKER_HTTP_ADDR", "PackerHTTPAddr"],
  ["PACKER_HTTP_IP", "PackerHTTPIP"],
  ["PACKER_HTTP_PORT", "PackerHTTPPort"],
] as const;

/** Puts every variable through a format such as `%s='%s' ` and joins the results without anything between them. */
export function formatVariables(variables: readonly Variable[], format: string): string {
  return variables.map(([name, value]) => formatVariable(format, [name, value])).join("");
}

/** Makes a value safe between single quotes of a POSIX shell. */
export function insideSingleQuotes(value: string): string {
  return value.replaceAll("'", `'"'"'`);
}

/** The verbs of Go's `fmt` that make sense for two texts: `%s`, `%v`, `%q`, `%%`, also with an index as in `%[2]s`. */
function formatVariable(format: string, values: Variable): string {
  let next = 0;
  return format.replaceAll(/%(?:\[(\d+)\])?([svq%])/g, (_whole, index: string | undefined, verb: string) => {
    if (verb === "%") {
      return "%";
    }
    const at = index === undefined ? next : Number(index) - 1;
    next = at + 1;
    const value = values[at];
    if (value === undefined) {
      return `%!${verb}(${index === undefined ? "MISSING" : "BADINDEX"})`;
    }
    return verb === "q" ? JSON.stringify(value) : value;
  });
}
