// The images a Dockerfile starts from.

/** Names of all images after `FROM`, without the file's own stages; `given` are the build arguments. */
export function listBaseImages(text: string, given: Readonly<Record<string, string>>): readonly string[] {
  const stages = new Set<string>(["scratch"]);
  const values = new Map<string, string>();
  const images = new Set<string>();
  for (const line of text.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const [, name = "", fallback = ""] = /^\s*ARG\s+(\w+)(?:=["']?([^"'\s]*))?/i.exec(line) ?? [];
    // Only arguments before the first stage count there.
    if (name !== "" && images.size === 0 && stages.size === 1) {
      values.set(name, given[name] ?? fallback);
    }
    const from = /^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (from === null) {
      continue;
    }
    const image = (from[1] ?? "").replace(
      /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
      (_, plain = "", braced = "", other = "") => values.get(plain || braced) || other,
    );
    if (!stages.has(image.toLowerCase())) {
      images.add(image);
    }
    if (from[2] !== undefined) {
      stages.add(from[2].toLowerCase());
    }
  }
  return [...images];
}
