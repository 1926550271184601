// Takes out of what a program prints whatever differs from run to run.
import type { LoggingMachine } from "./logging-machine.ts";

const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UUID"],
  [/\bsha256:[0-9a-f]{64}\b/g, "sha256:ID"],
  [/\b[0-9a-f]{64}\b/g, "CONTAINER"],
  [
    /\b\d+ (?:hour|minute|second|millisecond|microsecond)s?(?: \d+ (?:hour|minute|second|millisecond|microsecond)s?)?\b/g,
    "SOME TIME",
  ],
  [/\/tmp\/script_\d+\.sh/g, "/tmp/script_N.sh"],
  [/\/tmp\/varfile_\d+\.sh/g, "/tmp/varfile_N.sh"],
  [/\bscript_\d+\.sh/g, "script_N.sh"],
  [/\bvarfile_\d+\.sh/g, "varfile_N.sh"],
  // Unlike Packer: inline scripts for machines are never written to this one's disk, for they may hold secrets.
  [/(Provisioning with shell script: )\S*\/packer-shell\d+/g, "$1inline"],
  // Unlike Packer: scripts that run on this machine lie in a folder of their own, which nobody else can read.
  [/packer-shell[0-9a-f]{16}\/inline/g, "packer-shellN"],
  [/packer-shell\d+/g, "packer-shellN"],
  // As newer versions of Packer: 1.6.6 forgets a blank here.
  [/(exit status: \d+\.)(?=Allowed)/g, "$1 "],
  // Unlike Packer: what failed is shown at the end once more, with its place in the template.
  // Advice about deprecated and doubtful options comes before anything is built.
  [/^(?:\u001b\[[\d;]+m)?(?:Error|Warning): .*\[[a-z]+\/[a-z0-9-]+\](?:\u001b\[0m)?\n(?:.+\n)+\n/gm, ""],
  [/^\d{10},,ui,error,Error: .*\[[a-z]+\/[a-z0-9-]+\]\\n.*\n/gm, ""],
  // Unlike Packer: a folder goes over as one archive where the machine has tar.
  [/^sh -c 'cd ('[^']*'|\S+) 2>\/dev\/null[\s\S]* tar x[\s\S]*$/g, "folder into $1"],
  [/^scp -rvt ('[^']*'|\S+)$/g, "folder into $1"],
  // Unlike Packer: nothing is put under the name of a folder that is missing.
  [/^scp -vtd /g, "scp -vt "],
  [/^\d{10},/gm, "TIME,"],
  [/\.packer\.d\/tmp\d+/g, ".packer.d/tmpN"],
  [/\b172\.\d+\.\d+\.\d+\b/g, "ADDRESS"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)/g, "MOMENT"],
];

/** `root` is the folder of the side; the two have different ones. */
export function normal(text: string, root: string, machine?: LoggingMachine): string {
  const home =
    machine === undefined ? text : text.replaceAll(machine.home, "HOME").replaceAll(`:${machine.port}`, ":PORT");
  return RULES.reduce((shown, [pattern, word]) => shown.replaceAll(pattern, word), home.replaceAll(root, "ROOT"));
}

/** The lines of each speaker in their order, the speakers sorted: builds that run at the same time mix differently. */
export function bySpeaker(output: string): Readonly<Record<string, readonly string[]>> {
  const speakers = new Map<string, string[]>();
  for (const line of output.split("\n")) {
    const speaker =
      /^(?:==>|-->| {3}) ([^ :]+)(?: \([^)]*\))?:/.exec(line)?.[1] ?? /^Build '(.*?)' /.exec(line)?.[1] ?? "";
    speakers.set(speaker, [...(speakers.get(speaker) ?? []), line]);
  }
  return Object.fromEntries([...speakers].sort(([a], [b]) => (a < b ? -1 : 1)));
}
