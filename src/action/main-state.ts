// What main leaves for the post step: where its journal is, and which process it was.
import { join } from "node:path";
import type { Host } from "../host/host.ts";
import type { RunnerFiles } from "./runner-files.ts";

export interface MainState {
  readonly pid: number;
  readonly journalDir: string;
}

/** As for the command line, so that a later run on the same machine finds what nobody removed. */
export function journalDir(host: Pick<Host, "tempDir">): string {
  return join(host.tempDir, "packer-ts-journal");
}

export function saveMainState(files: RunnerFiles, { pid, journalDir }: MainState): void {
  files.saveState("main", JSON.stringify({ pid, journalDir }));
}

/** What was saved; `undefined` when main never began. */
export function readMainState(files: RunnerFiles): MainState | undefined {
  try {
    const state = JSON.parse(files.state("main")) as Partial<MainState> | null;
    if (typeof state?.pid !== "number" || typeof state.journalDir !== "string") return undefined;
    return { pid: state.pid, journalDir: state.journalDir };
  } catch {
    return undefined;
  }
}
