// A running QEMU program.
import { StringDecoder } from "node:string_decoder";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host, ProcessEnd } from "../../host/host.ts";

/** A program, from the moment it was started. */
export interface Program {
  readonly pid: number;
  /** Settles when the program has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** What the program said last. */
  words(): string;
}

/** The program of a machine. */
export interface Machine extends Program {
  /** Aborted, with a failure that says why as its reason, when the program has ended or the machine stands still for good. */
  readonly gone: AbortSignal;
  /** The same, but for a machine that stands still alone. */
  readonly stuck: AbortSignal;
  /** Says that the machine will not go on by itself. */
  standsStill(reason: Error): void;
}

const KEEP = 4096;
/** A line that does not end is told in pieces. */
const LONGEST_LINE = 64 * 1024;

type Command = readonly [string, ...string[]];

/** Starts a program. What it says is kept for a failure, and told line by line. */
export async function startProgram(
  host: Pick<Host, "processes" | "cwd">,
  command: Command,
  env: Readonly<Record<string, string>> = {},
  onLine: (stream: "stdout" | "stderr", line: string) => void = () => {},
): Promise<Program> {
  const { pid, stdout, stderr, ended } = await host.processes.start(command, { stdin: "ignore", cwd: host.cwd, env });
  let said = "";
  for (const [name, stream] of Object.entries({ stdout, stderr })) {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    const tell = (text: string, isLast: boolean): void => {
      said = (said + text).slice(-KEEP);
      const lines = (rest + text).split(/\r*\n/);
      rest = isLast ? "" : (lines.pop() ?? "");
      if (rest.length > LONGEST_LINE) {
        // Behind a blank, so that no word and no secret comes apart.
        const at = rest.lastIndexOf(" ") + 1 || rest.length;
        lines.push(rest.slice(0, at));
        rest = rest.slice(at);
      }
      for (const line of lines.map(withoutControls).filter((each) => each.trim() !== "")) {
        onLine(name as "stdout" | "stderr", line);
      }
    };
    stream.on("data", (chunk: Buffer) => tell(decoder.write(chunk), false));
    stream.once("end", () => tell(decoder.end(), true));
  }
  return { pid, ended, words: () => withoutControls(said).trim() };
}

/** A machine's console moves the cursor and changes colours: that is for a terminal of its own. */
function withoutControls(text: string): string {
  return text
    .replace(/\u001b(?:\[[0-9;?=<>]*[ -/]*[@-~]|[()][A-Z0-9]|[@-Z\\-_=>])/g, "")
    .replace(/\r+(?=\n|$)/g, "")
    .replace(/[^\P{Cc}\n\t]/gu, "");
}

/** Starts the program of a machine. */
export async function startMachine(...how: Parameters<typeof startProgram>): Promise<Machine> {
  const program = await startProgram(...how);
  const gone = new AbortController();
  const stuck = new AbortController();
  void program.ended.then((end) => gone.abort(reportEnd(end, program.words())));
  return {
    ...program,
    gone: gone.signal,
    stuck: stuck.signal,
    standsStill(reason) {
      stuck.abort(reason);
      gone.abort(reason);
    },
  };
}

function reportEnd(end: ProcessEnd, words: string): Error {
  const how = describeEnd(end);
  return failure("environment", "qemu/ended", "The machine is not running any more", {
    detail: words === "" ? how : `${how} It said:\n${words}`,
  });
}

function describeEnd({ code, signal }: ProcessEnd): string {
  if (signal !== undefined) {
    return `QEMU was ended by ${signal}.`;
  }
  return code === 0 ? "It was switched off." : `QEMU ended with status ${code}.`;
}
