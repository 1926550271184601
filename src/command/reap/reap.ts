// `reap`: removes what runs on this machine left behind when they were killed.
import { leftovers } from "../../core/journal-file.ts";
import { removeLeftovers } from "../../core/leftovers.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { option } from "../../sdk/option.ts";
import type { Ui } from "../../sdk/run.ts";
import { type CommandContext, defineCommand, edge } from "../command.ts";

/** Milliseconds that one removal may take. */
const REMOVAL_LIMIT = 5 * 60_000;

export const reap = defineCommand({
  name: "reap",
  summary: "Removes what killed runs left behind",
  description:
    "Looks through the records of earlier runs on this machine and removes every container, folder, key or machine that a run made and could not remove because it was killed. Runs that still go on are left alone, and so is what a run was told to leave with -on-error=abort.",
  options: {
    older_than: edge(option.duration({ default: "1h", description: "Leave alone what was made in the time before now, such as `24h`." }), {
      placeholder: "DURATION",
    }),
    dry_run: option.bool({ default: false, description: "Only show what would be removed." }),
  },
  async run(config, _template, context) {
    const { host, face, journalDir } = context;
    const latest = host.clock.now() - config.older_than;
    const found = (await leftovers(host, journalDir)).filter(({ journal }) => journal.at <= latest);
    const diagnostics: Diagnostic[] = [];
    let count = 0;
    for (const { journal, resources } of found) {
      if (context.signal.aborted) break;
      const made = `${new Date(journal.at).toISOString()}${origin(journal.labels)}`;
      if (config.dry_run) {
        for (const { build, resource } of resources) face.say(`Would remove the ${resource.title} of build '${build}', made ${made}`);
        count += resources.length;
        continue;
      }
      const { removed, failed } = await removeLeftovers(journal.file, await context.catalog(), {
        host,
        ui: uiOf(face),
        removalLimit: REMOVAL_LIMIT,
      });
      for (const { build, resource } of removed) face.say(`Removed the ${resource.title} of build '${build}', made ${made}`);
      count += removed.length;
      for (const { leftover, error } of failed) diagnostics.push(stillThere(leftover.resource.title, leftover.build, error));
    }
    face.diagnostics(diagnostics, new Map());
    if (count === 0 && diagnostics.length === 0) face.say("Nothing was left behind.");
    return { exitCode: diagnostics.length === 0 ? 0 : 1, diagnostics: [] };
  },
});

/** For whom it was made, as far as the record says. */
function origin(labels: Readonly<Record<string, string>>): string {
  const facts = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return facts.length === 0 ? "" : ` (${facts.join(", ")})`;
}

function stillThere(title: string, build: string, error: string): Diagnostic {
  return {
    code: "run/left-behind",
    severity: "error",
    summary: `Could not remove the ${title} of build '${build}'`,
    detail: error,
    hint: "Its record stays, so that it can be tried again.",
  };
}

function uiOf(face: CommandContext["face"]): Ui {
  const say = (text: string): void => face.say(text);
  return {
    say,
    message: say,
    error: (text) => face.error(text),
    machine: (type, ...data) => face.machine(type, ...data),
    ask: async () => undefined,
    progress: () => ({ advance() {}, end() {} }),
  };
}
