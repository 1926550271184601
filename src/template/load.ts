// Finds out which language a template is written in and reads it.
import { stat } from "node:fs/promises";
import type { LoadedTemplate, LoadRequest } from "./loading.ts";

/** Reads a template. Mistakes are in the result's diagnostics; nothing is thrown for them. */
export async function loadTemplate(request: LoadRequest): Promise<LoadedTemplate> {
  if (await isHcl2(request)) {
    const { loadHcl2 } = await import("./blocks/load-hcl2.ts");
    return loadHcl2(request);
  }
  const { loadLegacy } = await import("./legacy-json/load-legacy.ts");
  return loadLegacy(request);
}

async function isHcl2({ path, configType }: LoadRequest): Promise<boolean> {
  if (path === "-" || path === "") {
    return configType === "hcl2";
  }
  if (/\.pkr\.(hcl|json)$/.test(path)) {
    return true;
  }
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
