// Ends a script that ran out of time: closing its connection does not end it, and the next try would meet it.
import { BuildError } from "../../diagnostic/build-error.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import { escapeSingleQuotes } from "../../step/script.ts";

/** Milliseconds for it, after which the next try begins anyway. */
const LIMIT = 10_000;

/**
 * Ends every process whose command line has the path, and what these started, first politely; then removes the files.
 * It is read from standard input, so that it does not find itself.
 */
const END_ALL = `
found=
for f in /proc/[0-9]*/cmdline; do
  p=\${f#/proc/}
  { while IFS= read -r l || [ -n "$l" ]; do
    case $l in *"$path"*) found="$found \${p%/cmdline}"; break ;; esac
  done < "$f"; } 2>/dev/null
done
more=1
while [ -n "$more" ]; do
  more=
  for f in /proc/[0-9]*/stat; do
    l=; { read -r l < "$f"; } 2>/dev/null
    [ -n "$l" ] || continue
    pid=\${l%% *}; l=\${l##*") "}; l=\${l#? }; parent=\${l%% *}
    case " $found " in
      *" $pid "*) ;;
      *" $parent "*) found="$found $pid"; more=1 ;;
    esac
  done
done
end() {
  kill "-$1" $found 2>/dev/null
  if command -v sudo >/dev/null 2>&1; then sudo -n kill "-$1" $found 2>/dev/null; fi
}
if [ -d /proc/self ]; then
  if [ -n "$found" ]; then end TERM; sleep 1; end KILL; fi
else
  pkill -TERM -f "$path"; sleep 1; pkill -KILL -f "$path"
fi
if [ $# -gt 0 ]; then rm -f "$@"; fi
exit 0
`;

/** True when it was the template's time limit that ended the script, not the user. */
export function isOutOfTime({ signal }: Pick<ProvisionRun, "signal">): boolean {
  return signal.aborted && signal.reason instanceof BuildError && signal.reason.failure === "timeout";
}

/** Ends the script at `path` on the machine, as far as that can be done in a moment, and removes `files`. */
export async function endScript(run: ProvisionRun, path: string, files: readonly string[]): Promise<void> {
  const [name, ...words] = [path, ...files].map((word) => `'${escapeSingleQuotes(word)}'`);
  const text = `path=${name}; set -- ${words.join(" ")}\n${END_ALL}`;
  const silent = { stdout: (): void => {}, stderr: (): void => {} };
  const stdin = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  };
  const late = (): Error => new Error("the script could not be ended in time");
  const end = (signal: AbortSignal) => run.communicator.exec("sh", { ...silent, stdin: stdin() }, signal);
  // What cannot be ended is no worse than it was before.
  await run.host.clock.within(LIMIT, undefined, end, late).catch(() => {});
}
