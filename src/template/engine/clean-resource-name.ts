// What clouds allow in the names of images, for the template function `clean_resource_name`.
import { TemplateFailure } from "../../gotemplate/problem.ts";

/** The text with the characters replaced that the platform of `builderType` does not allow. */
export function cleanResourceName(builderType: string, text: string): string {
  for (const [pattern, clean] of platforms) {
    if (pattern.test(builderType)) {
      return clean(text);
    }
  }
  throw new TemplateFailure('function "clean_resource_name" not defined', {
    hint: `The builder ${builderType} has no rules for names; only builders of clouds have.`,
  });
}

const platforms: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^(amazon|osc)/, (text) => text.replace(/[^A-Za-z0-9()[\] ./\-'@_]/g, "-")],
  [/^(googlecompute|yandex)/, cleanGoogleName],
  [/^azure/, (text) => text.replace(/[^A-Za-z0-9_.-]/g, "-").replace(/[-_.]+$/, "")],
];

function cleanGoogleName(text: string): string {
  if (/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) {
    return text;
  }
  return [...Buffer.from(text.toLowerCase(), "utf8")]
    .map((byte) => (/[a-z0-9]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : "-"))
    .join("");
}
