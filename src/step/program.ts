// Programs that run beside a build and end with it, whoever ends the build.
import { endMarked, endNoted, livesNoted, type NotedProgram, noteProgram } from "../driver/program/end-program.ts";
import type { Host } from "../host/host.ts";
import { defineResource } from "../sdk/resource.ts";
import type { ResourceKind } from "../sdk/run.ts";

type Wanted = {
  /** A text of at least twelve letters that nobody else has and that stands in the program's arguments or environment. */
  readonly mark: string;
  /** For a person who is to find it: where it can be reached. */
  readonly reach?: string;
};

/** What starts the program; what it is started with may be secret, so it is written down nowhere. */
type Start<Program> = (host: Host) => Promise<Program>;

/** A kind of program. To acquire one takes how it is started. */
export function defineProgram<Program extends { readonly pid: number }, const Name extends string = string>(
  kind: Name,
  title: string,
): ResourceKind<Wanted, NotedProgram, Program, [start: Start<Program>], Name> {
  return defineResource({
    kind,
    title,
    async create(_wanted: Wanted, { host }, start: Start<Program>) {
      const program = await start(host);
      return { made: await noteProgram(program.pid, host), handle: program };
    },
    async remove({ wanted, made }, { host, signal }) {
      // Without a number its maker died between starting it and saying which one it is.
      if (made === undefined) {
        await endMarked(wanted.mark, host, signal);
      } else {
        await endNoted(made, host, signal);
      }
    },
    isThere: async ({ made }, host) => made !== undefined && (await livesNoted(made, host)),
    describe: ({ made, wanted: { reach } }) => {
      const where = reach === undefined ? "" : `; ${reach}`;
      return made === undefined ? "" : `(process ${made.pid}${where}; \`kill ${made.pid}\` ends it)`;
    },
  });
}
