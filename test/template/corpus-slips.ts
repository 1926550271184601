// Slips of the hand made in real templates, one at a time: what is changed, and what has to be said of it.

/** A text with one mistake in it. */
export interface Slip {
  readonly what: string;
  readonly text: string;
  /** Where the one message has to point: the offset of its first character, if that is clear. */
  readonly at?: number | undefined;
  readonly code: RegExp;
  /** What has to stand in the hint or the reason. */
  readonly says?: RegExp | undefined;
  /** True when the nesting is no longer clear, so that other mistakes may go unseen. */
  readonly losesWay?: boolean | undefined;
}

type Make = (text: string) => Slip | undefined;

/** A slip at the first place that fits: `slip` is written instead of the first group. */
function at(
  what: string,
  pattern: RegExp,
  slip: (found: string) => string,
  more: Omit<Slip, "what" | "text" | "at"> & {
    readonly shift?: number | undefined;
    readonly placeless?: boolean | undefined;
  },
): Make {
  return (text) => {
    const found = new RegExp(pattern, `${pattern.flags.replace("d", "")}d`).exec(text);
    const [from, to] = found?.indices?.[1] ?? [];
    if (found === null || from === undefined || to === undefined) {
      return undefined;
    }
    const { shift = 0, placeless, ...expected } = more;
    return {
      ...expected,
      what,
      text: text.slice(0, from) + slip(text.slice(from, to)) + text.slice(to),
      at: placeless === true ? undefined : from + shift,
    };
  };
}

/** Variables are only looked for in parts: what stands in a description or in what was pushed once has no effect. */
function inParts(make: Make): Make {
  return (text) => (/"?(push|description)"?\s*:/.test(text) ? undefined : make(text));
}

/** Two letters in the middle change their places. */
function swap(word: string): string {
  const i = Math.floor(word.length / 2);
  return word.slice(0, i - 1) + word[i] + word[i - 1] + word.slice(i + 1);
}

/** Options of `shell`, `file` and `shell-local` provisioners, which are native. */
const OPTION = "inline|script|scripts|execute_command|destination|environment_vars|expect_disconnect";

export const JSON_SLIPS: readonly Make[] = [
  at("a misspelt option", new RegExp(`"(${OPTION})"\\s*:`), swap, {
    code: /^option\/unknown$/,
    says: /did you mean/,
    shift: -1,
  }),
  at("a misspelt root key", /\n?\s*"(provisioners|post-processors)"\s*:/, swap, {
    code: /^template\/unknown-root-key$/,
    says: /did you mean "(provisioners|post-processors)"/,
    shift: -1,
  }),
  at("a misspelt component", /"type"\s*:\s*"(shell|file|qemu|docker)"/, (word) => `${word}x`, {
    code: /^component\/(unknown|not-native)$/,
    // Nobody knows the options of what nobody knows.
    losesWay: true,
    shift: -1,
  }),
  inParts(
    at("a misspelt variable", /"?type"?:[\s\S]*?\{\{\s*user `([A-Za-z_]{4,})`\s*\}\}/, (name) => `${name}_zz`, {
      code: /^variable\/undeclared$|^gotemplate\/function-failed$/,
      shift: -1,
    }),
  ),
  at("a misspelt function", /"inline"\s*:\s*\[[^\]]*?\{\{\s*(user) `/, () => "usr", {
    code: /^gotemplate\/unknown-function$/,
  }),
  at("a comma that is missing", /"type"\s*:\s*"[a-z-]+"(,)/, () => "", { code: /^json\/missing-comma$/, shift: -1 }),
  at("a comma too many", /[\w"\]}](\s*)\n?\s*\}\s*$/, () => ",", { code: /^json\/trailing-comma$/ }),
  at("a quote that is missing", /"type"\s*:\s*"[a-z-]+(")/, () => "", {
    code: /^json\/unclosed-string$/,
    placeless: true,
    losesWay: true,
  }),
  at("a brace that is missing", /(\})\s*,?\s*\]/, () => "", {
    code: /^json\/unclosed$/,
    placeless: true,
    losesWay: true,
  }),
  at(
    "a number for a list",
    /"(?:inline|scripts)"\s*:\s*(\[[^[\]{}]*\])/,
    (list) => `{ "a": { "b": 1 } }${list.replaceAll(/[^\n]/g, "")}`,
    {
      code: /^option\/wrong-type$/,
      // What stood in it is gone.
      losesWay: true,
    },
  ),
];

export const YAML_SLIPS: readonly Make[] = [
  at("a misspelt option", new RegExp(`^\\s+(${OPTION}):`, "m"), swap, {
    code: /^option\/unknown$/,
    says: /did you mean/,
  }),
  at("a misspelt root key", /^(provisioners|post-processors):/m, swap, {
    code: /^template\/unknown-root-key$/,
    says: /did you mean "(provisioners|post-processors)"/,
  }),
  at("a misspelt component", /^\s*-?\s*type: (shell|file|qemu|docker)$/m, (word) => `${word}x`, {
    code: /^component\/(unknown|not-native)$/,
    // Nobody knows the options of what nobody knows.
    losesWay: true,
  }),
  inParts(
    at("a misspelt variable", /"?type"?:[\s\S]*?\{\{\s*user `([A-Za-z_]{4,})`\s*\}\}/, (name) => `${name}_zz`, {
      code: /^variable\/undeclared$|^gotemplate\/function-failed$/,
      placeless: true,
    }),
  ),
  at("a tab", /^( +)type:/m, () => "\t", { code: /^yaml\/syntax$/, placeless: true, losesWay: true }),
];

export const HCL_SLIPS: readonly Make[] = [
  at("a misspelt option", new RegExp(`^\\s+(${OPTION})\\s*=`, "m"), swap, {
    code: /^option\/unknown$/,
    says: /did you mean/,
  }),
  at("a misspelt block", /^\s+(provisioner)\s+"/m, swap, {
    code: /^hcl\/unsupported-block$/,
    losesWay: true,
    says: /did you mean "provisioner"/,
  }),
  at("a misspelt variable", /[{= (,]var\.([a-z_]{4,})/, (name) => `${name}_zz`, {
    code: /^hcl\/unsupported-attribute$/,
    says: /There is no variable named/,
    shift: -1,
  }),
  at("a misspelt function", /[{= (,](join|lower|formatdate|timestamp|templatefile|format)\(/, swap, {
    code: /^hcl\/unknown-function$/,
    says: /did you mean|There is no function/,
  }),
  at("a misspelt source", /sources\s*=\s*\[\s*"source\.[a-z-]+\.([\w-]{4,})"/, swap, {
    code: /^source\/unknown$/,
    says: /did you mean/,
    placeless: true,
  }),
  at("a quote that is missing", /^\s+[a-z_]+\s*=\s*"[\w./-]+(")\s*$/m, () => "", {
    code: /^hcl\/unclosed-string$/,
    placeless: true,
    losesWay: true,
  }),
  at("a brace that is missing", /(\})\s*$/, () => "", {
    code: /^hcl\/unclosed-brace$/,
    placeless: true,
    losesWay: true,
  }),
];
