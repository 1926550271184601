// Which values can be hidden at all: what is short, what everybody says, and what the template says itself cannot.

/** The runner replaces a mask wherever it occurs and drops outputs that hold it: a shorter text occurs by chance. */
export const SHORTEST_MASK = 5;

/** Words of ordinary logs, names and paths, and the passwords that public images are known for. */
const COMMON = new Set(
  `admin administrator alpine amazon ansible arm64 azure build builder centos changeme cloud cloud-init cloud-user config container debian
  default deploy developer development disabled docker dummy ec2-user empty enabled error example false fedora github google guest hashicorp
  hello image images install latest linux local localhost login macos master nobody nothing null number object oracle output packer passw0rd
  passwd password private production public release rocky runner secret secrets sensitive server shell source staging string template
  test testing token ubuntu undefined unknown unset username vagrant value version virtualbox warning welcome windows world
  123456 12345678 qwerty x86_64 amd64`.split(/\s+/),
);

/** Ends in a letter that is part of no word. */
const COLOUR = /\u001b\[[\d;]*m$/;

/** Why a value cannot be hidden well; `undefined` when it can. */
export type Weakness = "short" | "common" | "clear";

/** What can be told of a text by itself. */
export function findWeakness(text: string): Weakness | undefined {
  const word = text.trim();
  if (word.length < SHORTEST_MASK) {
    return "short";
  }
  return COMMON.has(word.toLowerCase()) ? "common" : undefined;
}

/** Whether a text holds the value as a word or several, as it is or as JSON writes it. */
export function holdsWord(text: string, value: string): boolean {
  const word = value.trim();
  if (word === "") {
    return false;
  }
  return [...new Set([word, JSON.stringify(word).slice(1, -1)])].some((form) => {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
      if (isWord(text, at, at + form.length)) {
        return true;
      }
    }
    return false;
  });
}

/** Whether what stands between two places of a text is no part of a longer word. */
export function isWord(text: string, from: number, to: number): boolean {
  const begins =
    !isLetter(text[from - 1]) || !isLetter(text[from]) || COLOUR.test(text.slice(Math.max(0, from - 12), from));
  return begins && !(isLetter(text[to - 1]) && isLetter(text[to]));
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
