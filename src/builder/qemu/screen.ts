// What a person would see on the machine's screen, in sentences.
import type { ScreenFacts } from "../../driver/qemu/screen.ts";
import type { BuildRun } from "../../sdk/builder.ts";
import { writeDuration } from "../../sdk/duration.ts";
import type { MachineWatch } from "./watch.ts";

/** What is said of a screen. */
export interface ScreenWords {
  /** One sentence, if there is anything to say. */
  readonly fact: string | undefined;
  /** What stands on it. */
  readonly text: readonly string[];
}

const NOTHING: ScreenWords = { fact: undefined, text: [] };

/** Looks at the screen each time it is called, and knows for how long it has been the same. */
export function watchScreen(
  watch: MachineWatch,
  folder: string | undefined,
  run: BuildRun,
): () => Promise<ScreenWords> {
  let last: { readonly digest: string; readonly since: number } | undefined;
  return async () => {
    const found = folder === undefined ? undefined : await look(watch, folder);
    if (found === undefined) {
      return NOTHING;
    }
    const now = run.host.clock.elapsed();
    if (last?.digest !== found.digest) {
      last = { digest: found.digest, since: now };
    }
    const same = Math.floor((now - last.since) / 1000) * 1000;
    const fact = same > 0 ? `Its screen has not changed for ${writeDuration(same)}.` : undefined;
    return { fact, text: found.text ?? [] };
  };
}

async function look(watch: MachineWatch, folder: string): Promise<ScreenFacts | undefined> {
  try {
    const qmp = await watch.control();
    const { readScreen } = await import("../../driver/qemu/screen.ts");
    return await readScreen(qmp, folder);
  } catch {
    // There is no screen, or nobody to ask any more.
    return undefined;
  }
}
