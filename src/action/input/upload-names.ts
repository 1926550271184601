// The names of workflow artifacts: predictable from the build, and such that GitHub takes them.

/** What stands for the parts of a name: `packer-{build}`. */
export const NAME_PARTS = ["build", "builder", "template"] as const;

const DEFAULT_NAME = "packer-{build}";
/** Not allowed on some file system that an artifact may be downloaded to. */
const REFUSED = /[":<>|*?\r\n\\/\p{Cc}]+/gu;
/** GitHub's library prints the name in lines of its own, where the runner would take this for a command. */
const COMMAND = /#[^\p{L}\p{N}\p{P}\p{S}]*#[^\p{L}\p{N}\p{P}\p{S}]*\[/gu;
/** The service takes no longer ones. */
const LONGEST = 200;

type Parts = Readonly<Record<(typeof NAME_PARTS)[number], string>>;

/** The pattern that the input asks for; `undefined` for no upload. */
export function namePattern(input: string): string | undefined {
  if (/^(false|no)?$/i.test(input)) {
    return undefined;
  }
  return /^(true|yes)$/i.test(input) ? DEFAULT_NAME : input;
}

/** The parts of a pattern that mean nothing. */
export function findUnknownParts(pattern: string): string[] {
  const parts = [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, part = ""]) => part);
  return parts.filter((part) => !(NAME_PARTS as readonly string[]).includes(part));
}

/** Gives out names, each once: a name that was taken before gets a number. */
export function nameGiver(pattern: string): (parts: Parts) => string {
  const taken = new Set<string>();
  return (parts) => {
    const filled = pattern.replace(/\{([^{}]*)\}/g, (whole, part: string) =>
      part in parts ? parts[part as keyof Parts] : whole,
    );
    const wanted = makeAllowedName(filled);
    let name = wanted;
    for (let number = 2; taken.has(name.toLowerCase()); number++) {
      name = `${wanted}-${number}`;
    }
    // Downloaded side by side, names that differ in case alone would be one folder on some machines.
    taken.add(name.toLowerCase());
    return name;
  };
}

/** A name as the service takes it. */
export function makeAllowedName(name: string): string {
  const safe = name
    .replace(REFUSED, "-")
    .replace(COMMAND, "##-")
    .replace(/^[-\s.]+|[-\s.]+$/g, "")
    .slice(0, LONGEST);
  return safe === "" ? "packer" : safe;
}
