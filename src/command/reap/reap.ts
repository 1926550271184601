// `reap`: removes what runs on this machine left behind when they were killed.
import { type BrokenJournal, findLeftovers, type Journals } from "../../core/journal-file.ts";
import { describeAbandoned, removeLeftovers } from "../../core/leftovers.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { writeDuration } from "../../sdk/duration.ts";
import { option } from "../../sdk/option.ts";
import type { Ui } from "../../sdk/run.ts";
import { type CommandContext, defineCommand, edge } from "../command.ts";

/** Milliseconds that one removal may take. */
const REMOVAL_LIMIT = 5 * 60_000;
/** Milliseconds by which a time may lie in the future and still be believed. */
const WRONG_CLOCK = 60_000;

export const reap = defineCommand({
  name: "reap",
  summary: "Removes what killed runs left behind",
  description:
    "Looks through the records of earlier runs on this machine and removes every container, folder, key or machine that a run made and could not remove because it was killed. Runs that still go on are left alone, and so is what a run was told to leave with -on-error=abort, which is named.",
  templateUse: "none",
  options: {
    older_than: edge(
      option.duration({
        default: "1h",
        description: "Leave alone what was made in the time before now, such as `24h`.",
      }),
      {
        placeholder: "DURATION",
      },
    ),
    dry_run: option.bool({ default: false, description: "Only show what would be removed." }),
  },
  async run(config, _template, context) {
    const { host, face, journalDir } = context;
    const found = await findLeftovers(host, journalDir);
    const now = host.clock.now();
    // A clock that was wrong then tells nothing about the age, and the process has ended.
    const isOld = ({ journal }: Ended): boolean =>
      journal.at <= now - config.older_than || journal.at > now + WRONG_CLOCK;
    const old = found.ended.filter(isOld);
    const diagnostics: Diagnostic[] = found.broken.map(reportBrokenRecord);
    const rows: (readonly string[])[] = [];
    for (const { journal, resources } of old) {
      if (context.signal.aborted) {
        break;
      }
      const made = `${new Date(journal.at).toISOString()}${describeOrigin(journal.labels)}`;
      if (config.dry_run) {
        for (const { build, resource } of resources) {
          face.say(`Would remove the ${resource.title} of build '${build}', made ${made}`);
          rows.push([resource.title, build, made]);
        }
        continue;
      }
      const { removed, failed } = await removeLeftovers(journal.file, await context.catalog([]), {
        host,
        ui: createReapUi(face),
        removalLimit: REMOVAL_LIMIT,
      });
      for (const { build, resource } of removed) {
        face.say(`Removed the ${resource.title} of build '${build}', made ${made}`);
        rows.push([resource.title, build, made]);
      }
      for (const { leftover, error } of failed) {
        diagnostics.push(reportStillThere(leftover.resource.title, leftover.build, error));
      }
    }
    const abandoned = await sayAbandoned(found, context);
    face.diagnostics(diagnostics, new Map());
    const young = found.ended.filter((each) => !isOld(each) && each.resources.length > 0);
    for (const line of describeRest(found, young.length, config.older_than, journalDir)) {
      face.say(line);
    }
    if (rows.length + abandoned === 0 && young.length === 0 && diagnostics.length === 0 && !isNothingHere(found)) {
      face.say("Nothing was left behind.");
    }
    const title = config.dry_run ? "Would be removed" : "Removed";
    const sections = [{ is: "table", title, columns: COLUMNS, rows } as const];
    return { exitCode: diagnostics.length === 0 ? 0 : 1, outcome: "done", diagnostics: [], sections };
  },
});

const COLUMNS = [{ title: "What" }, { title: "Build", isCode: true }, { title: "Made" }];

type Ended = Journals["ended"][number];

/** Names what a run was told to leave in place, for whoever looks for it now; gives how much that is. */
async function sayAbandoned({ ended }: Journals, { host, face, catalog, signal }: CommandContext): Promise<number> {
  let count = 0;
  for (const { journal } of ended.filter((each) => each.journal.resources.some(({ state }) => state === "abandoned"))) {
    if (signal.aborted) {
      break;
    }
    for (const left of await describeAbandoned(journal.file, await catalog([]), host)) {
      face.say(`Left in place on purpose, made ${new Date(journal.at).toISOString()}: ${left}`);
      count++;
    }
  }
  return count;
}

/** What was not looked at, and why: silence would be taken for "there is nothing". */
function describeRest(found: Journals, young: number, age: number, folder: string): readonly string[] {
  const of = (runs: number): string => (runs === 1 ? "1 run" : `${runs} runs`);
  return [
    ...(isNothingHere(found)
      ? [
          `There are no records of runs in ${folder}. Runs with another TMPDIR or PACKER_TMP_DIR keep theirs in that folder.`,
        ]
      : []),
    ...(young === 0
      ? []
      : [
          `What ${of(young)} left behind is not old enough yet: less than ${writeDuration(age)}. -older-than=0s removes it at once.`,
        ]),
    ...(found.elsewhere === 0
      ? []
      : [
          `The records of ${of(found.elsewhere)} are from another container or machine, where it may still go on. They are left alone.`,
        ]),
  ];
}

function isNothingHere({ ended, running, broken, elsewhere }: Journals): boolean {
  return ended.length + running.length + broken.length + elsewhere === 0;
}

function reportBrokenRecord({ file, broken }: BrokenJournal): Diagnostic {
  return {
    code: "run/journal-broken",
    severity: "error",
    summary: `The record ${file} cannot be understood`,
    detail: `${broken[0]?.toUpperCase() ?? ""}${broken.slice(1)}.`,
    hint: "What it names may still be there. Look at it, remove that by hand, and then the file.",
  };
}

/** For whom it was made, as far as the record says. */
function describeOrigin(labels: Readonly<Record<string, string>>): string {
  const facts = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return facts.length === 0 ? "" : ` (${facts.join(", ")})`;
}

function reportStillThere(title: string, build: string, error: string): Diagnostic {
  return {
    code: "run/left-behind",
    severity: "error",
    summary: `Could not remove the ${title} of build '${build}'`,
    detail: error,
    hint: "Its record stays, so that it can be tried again.",
  };
}

function createReapUi(face: CommandContext["face"]): Ui {
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
