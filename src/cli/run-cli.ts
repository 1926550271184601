// The command line: arguments -> command -> exit code.

import type { Command, CommandContext, CommandSchema, Face } from "../command/command.ts";
import { edge } from "../command/command.ts";
import { type DebugLog, openDebugLog } from "../command/debug-log.ts";
import * as registry from "../command/registry.ts";
import { PACKER_VERSION } from "../command/template-options.ts";
import { concealDiagnostic } from "../core/conceal.ts";
import { findJournalFolder } from "../core/journal-folder.ts";
import { nameSpeaker } from "../core/narrate.ts";
import { Secrets } from "../core/secrets.ts";
import { BuildError } from "../diagnostic/build-error.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { Host } from "../host/host.ts";
import { logWriter } from "../host/log-writer.ts";
import { nodeHost } from "../host/node.ts";
import { Outputs } from "../host/output.ts";
import { createLookups } from "../lookups.ts";
import { option } from "../sdk/option.ts";
import { decodeOptions } from "../template/decode-options.ts";
import { Ends, writeFault } from "./ends.ts";
import { chooseExitCode, EXIT_CODES, listExitCodeFlags } from "./exit-codes.ts";
import { parseFlags } from "./flags.ts";
import { writeCommandHelp, writeProgramHelp } from "./help.ts";
import { openMachineFace } from "./machine-readable.ts";
import { openTerminalFace } from "./terminal-log.ts";

/** Flags of every command that say how it speaks. */
const voice = {
  color: option.bool({ default: true, description: "Colour the output." }),
  machine_readable: option.bool({
    default: false,
    description: "Print records for programs. Can stand anywhere on the command line.",
  }),
  timestamp_ui: edge(
    option.bool({ default: false, description: "Put the time in front of every message of a build." }),
    {},
  ),
} as const satisfies CommandSchema;

const commands: readonly Command[] = Object.values(registry) as readonly Command[];

/** Runs one command line and gives its exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const outputs = new Outputs();
  const code = await runLine(argv, outputs);
  // A pipe or a terminal tells a moment later that it is broken.
  await new Promise((resolve) => setImmediate(resolve));
  if (!outputs.isBroken) {
    return code;
  }
  return argv.some((arg) => /^--?detailed-exitcode(=true)?$/.test(arg)) ? EXIT_CODES.environment.code : 1;
}

async function runLine(argv: readonly string[], outputs: Outputs): Promise<number> {
  const print = (text: string, code: number): number => {
    outputs.out.write(`${text}\n`);
    return code;
  };
  const machineReadable = argv.includes("-machine-readable") || argv.includes("--machine-readable");
  const [name = "", ...args] = argv.filter((arg) => arg !== "-machine-readable" && arg !== "--machine-readable");
  if (["-v", "-version", "--version"].includes(name)) {
    return print(PACKER_VERSION, 0);
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    return runUnknown(name, args, print);
  }
  const shared = { ...voice, ...listExitCodeFlags(command) };
  const parsed = parseFlags({ ...command.options, ...shared }, args);
  if (parsed.is === "help") {
    return print(writeCommandHelp(command, shared), 0);
  }
  if (parsed.is === "wrong") {
    return print(`${writeCommandHelp(command, shared)}\n${parsed.message}`, 1);
  }
  const wanted = command.argument === undefined ? 0 : 1;
  const enough = command.argumentIsOptional === true || parsed.rest.length >= wanted;
  const fits = enough && (command.severalArguments === true || parsed.rest.length <= wanted);
  if (!fits) {
    return print(`${writeCommandHelp(command, shared)}${reportStrayArgument(parsed.rest, wanted)}`, 1);
  }
  const decoded = decodeOptions({
    anyCase: true,
    schema: { ...command.options, ...shared },
    body: parsed.body,
    label: `command "${name}"`,
    range: undefined,
  });
  return runCommand(command, decoded.config, parsed.rest, { machineReadable, outputs });
}

/** A command that is not ours may be one of the user's. */
async function runUnknown(
  name: string,
  args: readonly string[],
  print: (text: string, code: number) => number,
): Promise<number> {
  const { findCustomCommand, listCustomCommands, runCustomCommand } = await import("./custom-commands.ts");
  const program = findCustomCommand(name, process.env);
  if (program !== undefined) {
    return runCustomCommand(program, args, nodeHost());
  }
  return print(reportNoSuchCommand(name, listCustomCommands(process.env)), 127);
}

function reportNoSuchCommand(name: string, custom: readonly string[]): string {
  const own = custom.length === 0 ? "" : `\nCommands on the PATH are:\n${custom.map((one) => `    ${one}\n`).join("")}`;
  const help = `${writeProgramHelp(commands)}${own}`;
  if (name === "" || name.startsWith("-")) {
    return help;
  }
  const meant = didYouMean(
    name,
    commands.map((command) => command.name),
  );
  const hint = ELSEWHERE[name] ?? (meant === undefined ? "" : `did you mean "${meant}"?`);
  return `${help}\nThere is no command "${name}"${hint === "" ? "." : `; ${hint}`}`;
}

/** Commands of Packer that are not here, each with what to do instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  push: "Packer has none any more either.",
};

/** Why these arguments cannot be meant: none, too many, or flags among them. */
function reportStrayArgument(rest: readonly string[], wanted: number): string {
  const flag = rest.slice(wanted).find((arg) => arg.startsWith("-"));
  if (flag !== undefined) {
    return `\nFlags stand before the template: ${flag} came after it.`;
  }
  if (rest.length < wanted) {
    return "\nA template is missing: name a file or a folder after the flags.";
  }
  const dashless = rest.find((arg) => /^[a-z][a-z-]*=/.test(arg));
  if (dashless !== undefined) {
    return `\nA flag begins with a dash: write -${dashless}.`;
  }
  const most = wanted === 0 ? "no argument is" : "one template is";
  return `\n${rest.length === 1 ? "There is 1 argument" : `There are ${rest.length} arguments`} where ${most} expected: ${rest.join(" ")}.`;
}

interface FaceRequest {
  readonly write: (text: string) => void;
  readonly machineReadable: boolean;
  readonly secrets: Secrets;
}

/** The face that the flags choose, which shows no diagnostic with a secret in it. */
function openFace(config: Readonly<Record<string, unknown>>, { write, machineReadable, secrets }: FaceRequest): Face {
  const hide = (text: string): string => secrets.filter(text);
  const colour = config["color"] !== false && !process.env["PACKER_NO_COLOR"] && !process.env["NO_COLOR"];
  const face: Face = machineReadable
    ? openMachineFace({ write, now: Date.now, hide })
    : openTerminalFace({
        ...{ write, now: Date.now, hide, colour, timestamps: config["timestamp_ui"] === true },
        draw: process.stdout.isTTY ? { columns: () => process.stdout.columns || 80, write } : undefined,
      });
  return {
    ...face,
    diagnostics: (found, files) =>
      face.diagnostics(
        found.map((one) => concealDiagnostic(one, secrets)),
        files,
      ),
  };
}

async function runCommand(
  command: Command,
  config: Readonly<Record<string, unknown>>,
  [template = "", ...moreArguments]: readonly string[],
  { machineReadable, outputs }: { readonly machineReadable: boolean; readonly outputs: Outputs },
): Promise<number> {
  const startedAt = Date.now();
  const detailed = config["detailed_exitcode"] === true;
  const secrets = new Secrets();
  const hide = (text: string): string => secrets.filter(text);
  const writer = logWriter(outputs.out);
  process.once("exit", writer.flush);
  // Beside a debug log on standard error, each line in its place is worth more than speed.
  const write = process.env["PACKER_LOG"] ? (text: string): void => outputs.out.write(text) : writer.write;
  const shown = openFace(config, { write, machineReadable, secrets });
  let debug: DebugLog;
  try {
    debug = openDebugLog({
      env: process.env,
      secrets,
      write: (line) => outputs.err.write(line),
      lost: (what, error) => outputs.lost(what, error),
    });
  } catch (thrown) {
    return reportFailure(thrown, { face: shown, detailed });
  }
  const host = debug.watch(nodeHost(process.env, secrets));
  const ends = new Ends(shown, outputs);
  const { signal } = ends;
  const face: Face = { ...shown, sink: ends.watch(debug.listen(shown.sink)) };
  ends.listen();
  const answer: CommandContext["ask"] = queueLines((question, speaker) => {
    writer.flush();
    return ask(hide(speakQuestion(question, speaker)), signal);
  });
  const context: CommandContext = {
    ...makeServices(host, face, signal),
    face,
    moreArguments,
    secrets,
    signal,
    ask: machineReadable ? async () => undefined : answer,
    startedAt,
  };
  try {
    const code = chooseExitCode(await ends.until(command.run(config, template, context)), detailed);
    return ends.isFaulty ? describeBug(detailed) : code;
  } catch (thrown) {
    if (ends.isFaulty) {
      return describeBug(detailed);
    }
    const tellStack = debug.enabled ? (stack: string): void => outputs.err.write(`${hide(stack)}\n`) : undefined;
    return reportFailure(signal.aborted ? await asCancelled(thrown, signal) : thrown, { face, tellStack, detailed });
  } finally {
    writer.flush();
    process.off("exit", writer.flush);
    await debug.close();
    ends.release();
  }
}

/** What a command may use of this machine. */
function makeServices(
  host: Host,
  face: Face,
  signal: AbortSignal,
): Pick<CommandContext, "host" | "catalog" | "lookups" | "readStdin" | "journalDir"> {
  const log = (text: string): void => face.sink({ type: "log", text, at: Date.now() });
  return {
    host,
    catalog: async (required) => {
      return (await import("../catalog.ts")).createWholeCatalog(required, { host, signal, log, use: "installed" });
    },
    lookups: createLookups(host, signal),
    readStdin: async () => (await import("node:stream/consumers")).buffer(process.stdin),
    journalDir: findJournalFolder(host),
  };
}

/** Whatever was under way when the run was cancelled says so in a way of its own. */
async function asCancelled(thrown: unknown, signal: AbortSignal): Promise<unknown> {
  const { asBuildError } = await import("../core/failures.ts");
  return asBuildError(thrown, signal) ?? thrown;
}

interface Failing {
  readonly face: Face;
  /** Shows the whole stack, beside a debug log. */
  readonly tellStack?: ((stack: string) => void) | undefined;
  readonly detailed: boolean;
}

function reportFailure(thrown: unknown, { face, tellStack, detailed }: Failing): number {
  if (thrown instanceof BuildError) {
    face.diagnostics(thrown.diagnostics, new Map());
    return detailed ? EXIT_CODES[thrown.failure].code : 1;
  }
  face.error(writeFault(thrown));
  if (thrown instanceof Error) {
    tellStack?.(thrown.stack ?? thrown.message);
  }
  return describeBug(detailed);
}

function describeBug(detailed: boolean): number {
  return detailed ? EXIT_CODES.bug.code : 1;
}

type Ask = CommandContext["ask"];

/** Builds that run at the same time ask one after another: there is one person to answer. */
function queueLines(ask: Ask): Ask {
  let last: Promise<unknown> = Promise.resolve();
  return (question, speaker) => {
    const answer = last.then(() => ask(question, speaker));
    last = answer.catch(() => {});
    return answer;
  };
}

function speakQuestion(question: string, speaker: Parameters<Ask>[1]): string {
  return speaker === undefined ? question : `==> ${nameSpeaker(speaker)}: ${question}`;
}

async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || signal.aborted) {
    return undefined;
  }
  const { createInterface } = await import("node:readline");
  // A terminal that is closed gives an error instead of an end.
  process.stdin.on("error", () => process.stdin.destroy());
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once("close", () => resolve(undefined));
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
      // A terminal in raw mode hands Ctrl-C to the line reader instead of the process.
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
      lines.question(`${question} `, resolve);
    });
  } finally {
    lines.close();
  }
}
