// The other end of a folder that is uploaded as one tar stream: a shell script that looks where it goes and unpacks it.
import { basename, posix } from "node:path";
import { EndOfStream } from "../stream/byte-reader.ts";
import { listNames } from "./local-tree.ts";
import { type Conversation, type FolderTransfer, quoteShellPath, takesContents, writePosixScript } from "./transfer.ts";

/** How the modes of what arrives come about: scp's are masked and what is there keeps its own, SFTP's are exact. */
export type ModeRule = "masked" | "exact";

/** Bytes of names that are asked about in the command line; with more it is taken for granted that some are there. */
const MOST_NAMES = 48 * 1024;

/** What of a name is only itself, whatever shell reads it. */
const PLAIN_NAME = /^[^\s$`*?[\]{}"'\\~&;|<>()#!]+$/;

/** What the other side found before it takes anything. */
export interface Reception {
  /** Its file mode creation mask. */
  readonly mask: number;
  /** The name that the folder gets there instead of its own. */
  readonly renamed: string | undefined;
  /** Some of the names are there already. Then SFTP's receiver waits to be asked about folders. */
  readonly merges: boolean;
}

/** The name that a folder can be given there: scp makes a folder that is not there yet out of the one that comes. */
export function chooseNewName(folder: FolderTransfer): string | undefined {
  const name = posix.basename(folder.remoteDir);
  return !takesContents(folder) && PLAIN_NAME.test(name) && name !== "." && name !== ".." ? name : undefined;
}

/**
 * Ends without a word when it cannot receive; otherwise says what it found and unpacks what comes. Plain tar replaces what is
 * there already, where scp and SFTP write into it.
 */
export function makeReceiver(
  folder: FolderTransfer,
  modes: ModeRule,
  names: readonly Buffer[],
  newName: string | undefined,
): string {
  const dir = quoteShellPath(folder.remoteDir);
  const parent = quoteShellPath(posix.dirname(folder.remoteDir));
  const make = `{ [ ! -e ${dir} ] && [ ! -L ${dir} ] && cd ${parent} 2>/dev/null && w=as; }`;
  return writePosixScript(
    [
      `cd ${dir} 2>/dev/null && w=in || ${newName === undefined ? "" : `${make} || `}exit 3`,
      "command -v tar >/dev/null || exit 3",
      `m=new; if [ $w = in ]; then ${lookFor(names)}; fi`,
      `if [ $m = new ]; then echo "$(umask) $w new"; exec tar xpmof -; fi`,
      ...(modes === "masked" ? COPY_INTO : WRITE_INTO),
    ].join("; "),
  );
}

/** Called with the folder that holds what came, and the folders in it. */
const COPY_BEHIND_LINKS = [
  'for d; do p=.${d#"$0"}',
  'if [ -L "$p" ] && [ -d "$p" ]; then POSIXLY_CORRECT=1 cp -R "$d/." "$p/" && chmod -R u+rwx "$d" && rm -rf "$d" || exit 1; fi',
  "done",
].join("; ");

/** scp leaves the modes of what is there as they are, as cp does: so it is unpacked aside and copied. */
const COPY_INTO = [
  "t=$(mktemp -d ./.packer-XXXXXXXX 2>/dev/null) || exit 3",
  'trap "exit 1" 1 2 13 15',
  `trap 'rm -rf "$t" 2>/dev/null || { chmod -R u+rwx "$t"; rm -rf "$t"; }' 0`,
  'echo "$(umask) $w old"',
  '( cd "$t" && exec tar xpmof - ) || exit',
  // A link to a folder stays one, and what comes goes into the folder behind it. find tells the failure of what it runs.
  `find "$t" -depth -type d -exec sh -c '${COPY_BEHIND_LINKS.replaceAll("'", "'\\''")}' "$t" {} + || exit`,
  // cp writes through a link that leads nowhere only when it is told to keep to the standard.
  'POSIXLY_CORRECT=1 cp -R "$t/." .',
];

/** SFTP gives everything the mode that it has here. To write into files takes an option that GNU's tar and BusyBox's have. */
const WRITE_INTO = [
  "case $(tar --version 2>&1) in *GNU*) f=h;; *[Bb]usy[Bb]ox*) f=;; *) exit 3;; esac",
  "dd if=/dev/zero bs=512 count=2 2>/dev/null | tar xpmo${f}f - --overwrite >/dev/null 2>&1 || exit 3",
  'echo "$(umask) $w old"',
  // A name in each line until an empty one: `=` before it as it is, `%` with its line ends and backslashes escaped.
  'while IFS= read -r n && [ -n "$n" ]',
  'do case $n in %*) n=$(printf "%b_" "${n#%}"); n=${n%_};; *) n=${n#=};; esac',
  'if [ -d "$n" ]; then if [ -L "$n" ]; then echo link; else echo folder; fi',
  'elif [ -e "$n" ] || [ -L "$n" ]; then echo other; else echo nothing; fi',
  "done",
  "exec tar xpmo${f}f - --overwrite",
];

function lookFor(names: readonly Buffer[]): string {
  const size = names.reduce((sum, name) => sum + name.length + 3, 0);
  const isText = names.every((name) => Buffer.from(name.toString()).equals(name));
  if (size > MOST_NAMES || !isText) {
    return "m=old";
  }
  const list = names.map((name) => `'${name.toString().replaceAll("'", "'\\''")}'`).join(" ");
  return `for n in ${list}; do if [ -e "$n" ] || [ -L "$n" ]; then m=old; break; fi; done`;
}

/** The names that come to lie right in the remote folder. */
export function listTopNames(folder: FolderTransfer): readonly Buffer[] {
  const inside = listNames(folder.localDir, folder.leftOut);
  return takesContents(folder) ? inside : [Buffer.from(basename(folder.localDir))];
}

/** `undefined` when the other side cannot receive. */
export async function readReception(tar: Conversation, newName: string | undefined): Promise<Reception | undefined> {
  try {
    const [, mask, where, what] = /^([0-7]{3,4}) (in|as) (new|old)$/.exec((await tar.reader.line()).trim()) ?? [];
    if (mask === undefined) {
      return undefined;
    }
    return {
      mask: Number.parseInt(mask, 8),
      renamed: where === "as" ? newName : undefined,
      merges: what === "old",
    };
  } catch (thrown) {
    if (thrown instanceof EndOfStream) {
      const end = await tar.end();
      if (end.end === "exited") {
        return undefined;
      }
    }
    throw thrown;
  }
}

/** What is there under the name of a folder: one, a link to one, something else, or nothing. */
export type Found = "folder" | "link" | "other" | "nothing";

/** Asks about folders by their paths. */
export async function findFolders(tar: Conversation, paths: readonly Buffer[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  const listen = async (): Promise<void> => {
    while (found.length < paths.length) {
      found.push((await tar.reader.line()).trim() as Found);
    }
  };
  await Promise.all([tar.send(Buffer.concat([...paths.map(encodeLine), Buffer.from("\n")])), listen()]);
  return found;
}

function encodeLine(path: Buffer): Buffer {
  const text = path.toString("latin1");
  const line = text.includes("\n") ? `%${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}` : `=${text}`;
  return Buffer.from(`${line}\n`, "latin1");
}
