// Answers what a user asks without a template.
import type { LoadRequest, TemplateConsole } from "./loading.ts";

/** A console without a template. */
export async function consoleWithoutTemplate(
  language: "json" | "hcl2",
  request: LoadRequest,
): Promise<TemplateConsole> {
  if (language === "json") {
    const { legacyConsole } = await import("./legacy-json/console-legacy.ts");
    return legacyConsole(
      { language: "json", startedAt: request.startedAt, host: request.host, packerVersion: request.packerVersion },
      new Map(),
      [],
    );
  }
  const [{ baseContext }, { hcl2Console }, { lookupCache }] = await Promise.all([
    import("./blocks/base-context.ts"),
    import("./blocks/console-hcl2.ts"),
    import("./blocks/lookups.ts"),
  ]);
  const lookups = lookupCache(request.lookups);
  const base = await baseContext({ root: ".", texts: undefined, request, lookups });
  return hcl2Console({ context: base, lookups, hide: request.hide, inspection: { variables: [], locals: [] } });
}
