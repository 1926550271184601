// HCL2 templates.
import type { LoadedTemplate, LoadRequest } from "../load.ts";

export async function loadHcl2(request: LoadRequest): Promise<LoadedTemplate> {
  const never = async (): Promise<never> => {
    throw new Error("unread");
  };
  const diagnostics = [
    { code: "template/hcl2", severity: "error" as const, summary: `${request.path}: HCL2 templates cannot be read yet` },
  ];
  return { language: "hcl2", files: new Map(), diagnostics, inspect: never, plan: never };
}
