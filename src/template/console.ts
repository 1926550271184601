// Answers what a user asks without a template.
import type { LoadRequest, TemplateConsole } from "./loading.ts";

/** A console without a template. */
export async function openConsoleWithoutTemplate(
  language: "json" | "hcl2",
  request: LoadRequest,
): Promise<TemplateConsole> {
  if (language === "json") {
    const { openLegacyConsole } = await import("./legacy-json/console-legacy.ts");
    return openLegacyConsole(
      { language: "json", startedAt: request.startedAt, host: request.host, packerVersion: request.packerVersion },
      new Map(),
      [],
    );
  }
  const [{ baseContext }, { openHcl2Console }, { openLookupCache }] = await Promise.all([
    import("./blocks/base-context.ts"),
    import("./blocks/console-hcl2.ts"),
    import("./blocks/lookups.ts"),
  ]);
  const lookups = openLookupCache(request.lookups);
  const base = await baseContext({ root: ".", texts: undefined, request, lookups });
  return openHcl2Console({ context: base, lookups, hide: request.hide, inspection: { variables: [], locals: [] } });
}
