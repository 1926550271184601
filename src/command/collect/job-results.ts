// What `collect` asks an edge on which many jobs make one run: their results, and where the manifest goes.
import { defineService } from "../service.ts";

export interface JobResults {
  readonly manifest: string;
  /** Downloads what other jobs left; gives its folder. Missing where nobody said under which name to look. */
  readonly download?: (() => Promise<string>) | undefined;
}

export const jobResults = defineService<JobResults>("results of other jobs");
