// What main leaves for the post step: where its journal is, which process it was, and whether it came to its end.
import type { RunnerFiles } from "./runner-files.ts";

export interface MainState {
  readonly pid: number;
  readonly journalDir: string;
  /** Stands in the environment of every program that main started, and of no other. */
  readonly mark: string;
}

/** The variable that holds the mark. */
export const MARK_VARIABLE = "PACKER_TS_STEP";

export function saveMainState(files: RunnerFiles, { pid, journalDir, mark }: MainState): void {
  files.saveState("main", JSON.stringify({ pid, journalDir, mark }));
}

/** Main has done everything it wanted to. */
export function saveEnd(files: RunnerFiles): void {
  files.saveState("ended", "true");
}

export function hasEnded(files: RunnerFiles): boolean {
  return files.state("ended") === "true";
}

/** What was saved; `undefined` when main never began. */
export function readMainState(files: RunnerFiles): MainState | undefined {
  try {
    const state = JSON.parse(files.state("main")) as Partial<MainState> | null;
    const { pid, journalDir, mark } = state ?? {};
    if (typeof pid !== "number" || typeof journalDir !== "string" || typeof mark !== "string" || mark.length < 20) {
      return undefined;
    }
    return { pid, journalDir, mark };
  } catch {
    return undefined;
  }
}
