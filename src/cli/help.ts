// The help texts, made from the commands' own descriptions.
import type { Command, CommandOption, CommandSchema } from "../command/command.ts";
import { EXIT_CODES, EXIT_SUMMARY } from "./exit-codes.ts";
import { spellFlag } from "./flags.ts";

const WIDTH = 78;

/** Help of the program: its commands. */
export function writeProgramHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 4;
  const lines = commands.map(({ name, summary }) => `    ${name.padEnd(width)}${summary}`);
  return ["Usage: packer-ts [--version] [--help] <command> [<args>]", "", "Available commands are:", ...lines, ""].join(
    "\n",
  );
}

/** Help of one command: what it does and its flags. `shared` are the flags of every command. */
export function writeCommandHelp(command: Command, shared: CommandSchema): string {
  const usage = `Usage: packer-ts ${command.name} [options]${command.argument === undefined ? "" : ` ${command.argument}${command.severalArguments ? "..." : ""}`}`;
  const options: CommandSchema = { ...command.options, ...shared };
  const flags = Object.keys(options)
    .filter((name) => options[name]?.flag !== false)
    .sort();
  const lines = flags.flatMap((name) => writeFlags(name, options[name] as CommandOption));
  const codes = "detailed_exitcode" in shared ? writeExitCodes() : [];
  return [usage, "", ...wrap(command.description, "  "), "", "Options:", "", ...lines, ...codes].join("\n");
}

function writeExitCodes(): string[] {
  const lines = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${String(code).padEnd(6)}${meaning}`);
  return ["", "Exit code:", "", ...wrap(EXIT_SUMMARY, "  "), "  With -detailed-exitcode, instead of 1:", "", ...lines];
}

function writeFlags(name: string, option: CommandOption): string[] {
  const shown = `  -${spellFlag(name)}${choosePlaceholder(option)}`;
  const text = option.description.replaceAll("`", "");
  const indent = " ".repeat(32);
  const lines = wrap(text, indent);
  if (shown.length > 30) {
    return [shown, ...lines];
  }
  return [shown.padEnd(32) + (lines[0]?.trimStart() ?? ""), ...lines.slice(1)];
}

function choosePlaceholder(option: CommandOption): string {
  if (option.type.is === "bool") {
    return option.default === true ? "=false" : "";
  }
  if (option.type.is === "map") {
    return ` ${option.placeholder ?? "key=value"}`;
  }
  return `=${option.placeholder ?? option.oneOf?.join("|") ?? "VALUE"}`;
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, indent + line];
}
