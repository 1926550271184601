// The command line: arguments -> command -> exit code.
import type { Command, CommandContext, CommandSchema, Face } from "../command/command.ts";
import { edge } from "../command/command.ts";
import * as registry from "../command/registry.ts";
import { PACKER_VERSION } from "../command/template-options.ts";
import { journalFolder } from "../core/journal-folder.ts";
import { nameOf } from "../core/narrate.ts";
import { Secrets } from "../core/secrets.ts";
import { BuildError, messageOf } from "../diagnostic/build-error.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import { waitForReader } from "../host/blocking-output.ts";
import { logWriter } from "../host/log-writer.ts";
import { nodeHost } from "../host/node.ts";
import { createLookups } from "../lookups.ts";
import { option } from "../sdk/option.ts";
import { decodeOptions } from "../template/decode-options.ts";
import { type DebugLog, openDebugLog } from "./debug-log.ts";
import { EXIT_CODES, exitCodeOf, exitCodeOptions } from "./exit-codes.ts";
import { parseFlags } from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";
import { machineFace } from "./machine-readable.ts";
import { terminalFace } from "./terminal-log.ts";

/** Flags of every command that say how it speaks. */
const voice = {
  color: option.bool({ default: true, description: "Colour the output." }),
  machine_readable: option.bool({ default: false, description: "Print records for programs. Can stand anywhere on the command line." }),
  timestamp_ui: edge(option.bool({ default: false, description: "Put the time in front of every message of a build." }), {}),
} as const satisfies CommandSchema;

const commands: readonly Command[] = Object.values(registry) as readonly Command[];

/** Runs one command line and gives its exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  waitForReader(process.stdout);
  const machineReadable = argv.includes("-machine-readable") || argv.includes("--machine-readable");
  const [name = "", ...args] = argv.filter((arg) => arg !== "-machine-readable" && arg !== "--machine-readable");
  if (["-v", "-version", "--version"].includes(name)) return print(PACKER_VERSION, 0);
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) return print(noSuchCommand(name), 127);
  const shared = { ...voice, ...exitCodeOptions(name) };
  const parsed = parseFlags({ ...command.options, ...shared }, args);
  if (parsed.is === "help") return print(commandHelp(command, shared), 0);
  if (parsed.is === "wrong") return print(`${commandHelp(command, shared)}\n${parsed.message}`, 1);
  const wanted = command.argument === undefined ? 0 : 1;
  const enough = command.argumentIsOptional === true || parsed.rest.length >= wanted;
  const fits = enough && (command.severalArguments === true || parsed.rest.length <= wanted);
  if (!fits) return print(`${commandHelp(command, shared)}${strayArgument(parsed.rest, wanted)}`, 1);
  const decoded = decodeOptions({
    schema: { ...command.options, ...shared },
    body: parsed.body,
    label: `command "${name}"`,
    range: undefined,
  });
  return run(command, decoded.config, parsed.rest, machineReadable);
}

function print(text: string, code: number): number {
  process.stdout.write(`${text}\n`);
  return code;
}

function noSuchCommand(name: string): string {
  const help = programHelp(commands);
  if (name === "" || name.startsWith("-")) return help;
  const meant = didYouMean(
    name,
    commands.map((command) => command.name),
  );
  return meant === undefined ? help : `${help}\nThere is no command "${name}"; did you mean "${meant}"?`;
}

/** Flags after the template are the usual reason for too many arguments. */
function strayArgument(rest: readonly string[], wanted: number): string {
  const flag = rest.slice(wanted).find((arg) => arg.startsWith("-"));
  return flag === undefined ? "" : `\nFlags stand before the template: ${flag} came after it.`;
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

async function run(
  command: Command,
  config: Readonly<Record<string, unknown>>,
  [template = "", ...moreArguments]: readonly string[],
  machineReadable: boolean,
): Promise<number> {
  const startedAt = Date.now();
  const detailed = config["detailed_exitcode"] === true;
  const secrets = new Secrets();
  const hide = (text: string): string => secrets.filter(text);
  const writer = logWriter(process.stdout);
  process.once("exit", writer.flush);
  // Beside a debug log on standard error, each line in its place is worth more than speed.
  const write = process.env["PACKER_LOG"] ? (text: string): void => void process.stdout.write(text) : writer.write;
  const colour = config["color"] !== false && !process.env["PACKER_NO_COLOR"] && !process.env["NO_COLOR"];
  const shown: Face = machineReadable
    ? machineFace({ write, now: Date.now, hide })
    : terminalFace({
        ...{ write, now: Date.now, hide, colour, timestamps: config["timestamp_ui"] === true },
        ...(process.stdout.isTTY ? { draw: { columns: () => process.stdout.columns || 80, write } } : {}),
      });
  let debug: DebugLog;
  try {
    debug = openDebugLog(process.env, secrets);
  } catch (thrown) {
    return failed(thrown, shown, undefined, detailed);
  }
  const host = debug.watch(nodeHost());
  const face: Face = { ...shown, sink: debug.listen(shown.sink) };
  const cancel = new AbortController();
  const stopListening = onInterrupt(cancel, face);
  const context: CommandContext = {
    host,
    catalog: async () => (await import("../catalog.ts")).createCatalog(),
    lookups: createLookups(host, cancel.signal),
    face,
    moreArguments,
    secrets,
    signal: cancel.signal,
    readStdin: async () => (await import("node:stream/consumers")).buffer(process.stdin),
    ask: machineReadable
      ? async () => undefined
      : oneAtATime((question, speaker) => {
          writer.flush();
          return ask(hide(spoken(question, speaker)), cancel.signal);
        }),
    journalDir: journalFolder(host),
    startedAt,
  };
  const tellStack = debug.enabled ? (stack: string): void => void process.stderr.write(`${hide(stack)}\n`) : undefined;
  // Node would print what was thrown, with whatever stands in it.
  const panic = (thrown: unknown): void => {
    const code = failed(thrown, face, tellStack, detailed);
    writer.flush();
    process.exit(code);
  };
  process.once("uncaughtException", panic);
  try {
    return exitCodeOf(await command.run(config as never, template, context), detailed);
  } catch (thrown) {
    return failed(cancel.signal.aborted ? await asCancelled(thrown, cancel.signal) : thrown, face, tellStack, detailed);
  } finally {
    process.off("uncaughtException", panic);
    stopListening();
    writer.flush();
    process.off("exit", writer.flush);
    await debug.close();
  }
}

/** Whatever was under way when the run was cancelled says so in a way of its own. */
async function asCancelled(thrown: unknown, signal: AbortSignal): Promise<unknown> {
  const { asBuildError } = await import("../core/failures.ts");
  return asBuildError(thrown, signal) ?? thrown;
}

function failed(thrown: unknown, face: Face, tellStack: ((stack: string) => void) | undefined, detailed: boolean): number {
  if (thrown instanceof BuildError) {
    face.diagnostics(thrown.diagnostics, new Map());
    return detailed ? EXIT_CODES[thrown.failure].code : 1;
  }
  face.error(`This is a bug in packer-ts: ${messageOf(thrown)}`);
  if (tellStack !== undefined && thrown instanceof Error) tellStack(thrown.stack ?? thrown.message);
  else face.error("Run it again with PACKER_LOG=1 and report what it prints.");
  return detailed ? EXIT_CODES.bug.code : 1;
}

/** The first signal cancels and cleans up, a second one ends the process at once. */
function onInterrupt(cancel: AbortController, face: Face): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    if (cancel.signal.aborted) {
      face.error("Interrupt signal received twice. Forcefully exiting now.");
      process.exit(1);
    }
    face.error(`Cancelling build after receiving ${signal === "SIGINT" ? "interrupt" : "terminated"}`);
    cancel.abort(new DOMException("The run was cancelled.", "AbortError"));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return () => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
}

type Ask = CommandContext["ask"];

/** Builds that run at the same time ask one after another: there is one person to answer. */
function oneAtATime(ask: Ask): Ask {
  let last: Promise<unknown> = Promise.resolve();
  return (question, speaker) => {
    const answer = last.then(() => ask(question, speaker));
    last = answer.catch(() => {});
    return answer;
  };
}

function spoken(question: string, speaker: Parameters<Ask>[1]): string {
  return speaker === undefined ? question : `==> ${nameOf(speaker)}: ${question}`;
}

async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || signal.aborted) return undefined;
  const { createInterface } = await import("node:readline");
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
