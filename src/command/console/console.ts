// `console`: asks a template for values. After https://developer.hashicorp.com/packer/docs/commands/console
import { makeTextFile } from "../../diagnostic/text-file.ts";
import { openConsoleWithoutTemplate } from "../../template/console.ts";
import { CONSOLE_INPUT, type LoadedTemplate, type TemplateConsole } from "../../template/loading.ts";
import { type CommandContext, type CommandResult, defineCommand } from "../command.ts";
import { formatOptions, load, loadRequest, refuse, type TemplateConfig, variableOptions } from "../template-options.ts";
import { consoleHelp } from "./help-text.ts";

export const console = defineCommand({
  name: "console",
  summary: "Asks a template for the values of expressions",
  description:
    "Reads expressions and shows their values: in HCL2 expressions as they stand after an equals sign, in JSON texts with {{ }}. They can use the variables of the template when one is given. With lines from a pipe every line is worked out, and the value of the last one is printed.",
  argument: "[TEMPLATE]",
  templateUse: "evaluate",
  isTerminalOnly: true,
  argumentIsOptional: true,
  options: { ...variableOptions, ...formatOptions },
  async run(config, template, context) {
    const opened = await openConsole(config, template, context);
    if (!("session" in opened)) {
      return opened;
    }
    const { session, loaded, language } = opened;
    const prompt: Prompt = { session, help: consoleHelp[language], files: loaded?.files ?? new Map(), context };
    const first = await context.ask(">", undefined);
    return first === undefined ? answerPipe(prompt) : answerTerminal(prompt, first);
  },
});

interface Opened {
  readonly session: TemplateConsole;
  readonly language: "json" | "hcl2";
  readonly loaded?: LoadedTemplate | undefined;
}

async function openConsole(
  config: TemplateConfig,
  template: string,
  context: CommandContext,
): Promise<Opened | CommandResult> {
  if (template === "") {
    const language = config.config_type === "hcl2" ? "hcl2" : "json";
    return { session: await openConsoleWithoutTemplate(language, loadRequest(template, config, context)), language };
  }
  const loaded = await load(template, config, context, { allowUnsetVars: true });
  const refused = refuse(loaded, context);
  return refused ?? { session: await loaded.console(), language: loaded.language, loaded };
}

interface Prompt {
  readonly session: TemplateConsole;
  readonly help: string;
  readonly files: LoadedTemplate["files"];
  readonly context: CommandContext;
}

/** As Packer: every line is worked out, mistakes are shown as they come, and of the values only the last one. */
async function answerPipe(prompt: Prompt): Promise<CommandResult> {
  const { context } = prompt;
  const input = new TextDecoder().decode(await context.readStdin());
  let last: string | undefined = "";
  let failed = false;
  for (const line of input.replace(/\n$/, "").split(/\r?\n/)) {
    last = await answerLine(line, prompt);
    failed ||= last === undefined;
  }
  if (last !== undefined) {
    context.face.say(last);
  }
  // Unlike Packer: a mistake in the JSON language fails the command as well, so that a script notices.
  return { exitCode: failed ? 1 : 0, diagnostics: [] };
}

async function answerTerminal(prompt: Prompt, first: string): Promise<CommandResult> {
  const { context } = prompt;
  for (
    let line: string | undefined = first;
    line !== undefined && line.trim() !== "exit";
    line = await context.ask(">", undefined)
  ) {
    const text = await answerLine(line, prompt);
    if (text !== undefined && text !== "") {
      context.face.say(text);
    }
  }
  return { exitCode: 0, diagnostics: [] };
}

/** The answer to one line; nothing when it has a mistake, which is shown. */
async function answerLine(line: string, { session, help, files, context }: Prompt): Promise<string | undefined> {
  switch (line.trim()) {
    case "":
    case "exit":
      return "";
    case "help":
      return help;
    case "variables":
      return session.variables;
  }
  const answer = await session.evaluate(line);
  if ("text" in answer) {
    return answer.text;
  }
  context.face.diagnostics(answer.diagnostics, new Map([...files, [CONSOLE_INPUT, makeTextFile(CONSOLE_INPUT, line)]]));
  return undefined;
}
