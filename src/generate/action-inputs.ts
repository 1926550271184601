// All inputs of the action, from its own options and those of the commands it offers.
import { actionOptions } from "../action/input/action-options.ts";
import { asInput, nameInput } from "../action/input/decode-inputs.ts";
import type { Command, CommandOption } from "../command/command.ts";

export interface ActionInput {
  readonly name: string;
  readonly option: CommandOption;
  /** The commands that take it; empty when all do. */
  readonly commands: readonly string[];
}

/** Those of the action first, then by name. */
export function listActionInputs(commands: readonly Command[]): readonly ActionInput[] {
  const own = Object.entries<CommandOption>(actionOptions).map(([name, option]) => ({
    name: nameInput(name, option) ?? name,
    option,
    commands: option.commands ?? [],
  }));
  const offered = commands.filter(({ isTerminalOnly }) => isTerminalOnly !== true);
  const found = new Map<string, { option: CommandOption; commands: string[] }>();
  for (const command of offered) {
    for (const [name, option] of Object.entries(command.options) as [string, CommandOption][]) {
      const input = nameInput(name, option);
      if (input === undefined) {
        continue;
      }
      const known = found.get(input) ?? { option: asInput(option), commands: [] };
      known.commands.push(command.name);
      found.set(input, known);
    }
  }
  const theirs = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { option, commands: takers }]) => ({
      name,
      option,
      commands: takers.length === offered.length ? [] : takers,
    }));
  return [...own, ...theirs];
}

const VALUE_FORMS = {
  any: "One a line, `name: value` or `NAME=value`, with lists and maps in YAML; or a map in JSON.",
  text: "One a line, `name: value` or `NAME=value`: the rest of the line is the value as it is, and `name: |` takes the indented lines below. Or a map in JSON.",
};

/** How a value of several parts is written in a workflow. */
export function describeForm({ type, separator, valueForm }: CommandOption): string {
  if (type.is === "map") {
    return valueForm === undefined ? "A map in YAML or JSON." : VALUE_FORMS[valueForm];
  }
  if (type.is !== "list") {
    return "";
  }
  return separator === undefined ? "One a line." : `One a line, or with \`${separator}\` between them.`;
}
