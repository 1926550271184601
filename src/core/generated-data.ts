// What templates can ask of a build with `build.NAME`, as far as it is known.
import type { GeneratedData } from "../sdk/artifact.ts";
import { buildValues } from "../sdk/build-data.ts";

/** Values of the names that every build has, before a builder or a connection gave better ones. */
export function makeInitialData(runUuid: string): GeneratedData {
  const data: Record<string, GeneratedData[string]> = {};
  for (const [name, { initial }] of Object.entries(buildValues)) {
    if (initial !== undefined) {
      data[name] = initial;
    }
  }
  return { ...data, PackerRunUUID: runUuid };
}

/** The values among them that must not be seen. */
export function collectSecrets(data: GeneratedData): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const isSecret = Object.hasOwn(buildValues, name) && buildValues[name]?.isSecret === true;
    return isSecret ? collectTexts(value) : [];
  });
}

function collectTexts(value: GeneratedData[string]): string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(collectTexts) : [];
}
