// A port of this machine that another build of the run may hold: it is waited for.
import { BuildError } from "../diagnostic/build-error.ts";
import { type PortRange, type PortTaker, writeRange } from "../driver/port-range/port-range.ts";
import type { BuildRun } from "../sdk/builder.ts";
import { tellLongWait } from "./long-wait.ts";

/** Failures that say that there is no port left. */
const NO_PORT = ["qemu/no-port", "media/no-port"];

/**
 * Has `open` take a port. When it finds none and another build of this run holds one of them, tries again once that is given back;
 * a port that a stranger holds is not waited for.
 */
export async function takePort<T>(
  { range, purpose }: { readonly range: PortRange; readonly purpose: string },
  open: (taker: PortTaker) => Promise<T>,
  run: BuildRun,
): Promise<T> {
  for (;;) {
    const held = new Map<number, string>();
    const taker: PortTaker = {
      claim(port) {
        const owner = run.ports.claim(port);
        if (owner !== undefined && !owner.isOwn) {
          held.set(port, owner.build);
        }
        return owner === undefined;
      },
      giveBack: (port) => run.ports.giveBack(port),
    };
    try {
      return await open(taker);
    } catch (thrown) {
      if (held.size === 0 || !isNoPort(thrown) || !(await waitFor(held, { range, purpose }, run))) {
        throw thrown;
      }
    }
  }
}

async function waitFor(
  held: ReadonlyMap<number, string>,
  { range, purpose }: { readonly range: PortRange; readonly purpose: string },
  run: BuildRun,
): Promise<boolean> {
  const builds = [...new Set(held.values())].map((name) => `"${name}"`);
  const [port = range.from] = held.keys();
  const which = held.size === 1 ? `port ${port}` : `a port ${writeRange(range)}`;
  const whose = builds.length === 1 ? `the build ${builds[0]}` : `the builds ${builds.join(", ")}`;
  run.ui.message(`Waiting for ${which} for ${purpose}, until ${whose} no longer needs it.`);
  using _ = tellLongWait(
    { what: which, limit: 0, target: {}, hangsOn: () => `${whose} still needs it for ${purpose}` },
    run,
  );
  return run.ports.untilGivenBack([...held.keys()], run.signal);
}

function isNoPort(thrown: unknown): boolean {
  return thrown instanceof BuildError && NO_PORT.includes(thrown.diagnostics[0]?.code ?? "");
}
