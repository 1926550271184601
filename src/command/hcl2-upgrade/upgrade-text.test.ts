import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type TextNames, upgradeText } from "./upgrade-text.ts";

const names: TextNames = {
  variable: (name) => `var.${name}`,
  environment: (name) => `var.env_${name}`,
  timestamp: () => "local.timestamp",
  buildName: () => "source.name",
};

/** A text of a JSON template, what stands between the quotes in HCL2, and the calls that stay. */
const cases: readonly (readonly [string, string, ...(readonly string[])])[] = [
  ["plain", "plain"],
  ['quotes " and \\ and\nlines', 'quotes \\" and \\\\ and\\nlines'],
  ["${shell} and %{format}", "$${shell} and %%{format}"],
  ['{{user `a`}}-{{ user "b" }}', "${var.a}-${var.b}"],
  ["{{timestamp}}", "${local.timestamp}"],
  [
    '{{isotime}} {{isotime "2006"}} {{strftime "%Y"}}',
    '${timestamp()} ${legacy_isotime("2006")} ${legacy_strftime("%Y")}',
  ],
  ["{{build `ID`}} {{build_name}} {{build_type}}", "${build.ID} ${source.name} ${source.type}"],
  ["{{template_dir}} {{pwd}} {{packer_version}} {{uuid}}", "${path.root} ${path.cwd} ${packer.version} ${uuidv4()}"],
  ["{{ .Vars }} {{.Path}}", "{{ .Vars }} {{.Path}}"],
  ["{{.HTTPIP}}", "{{ .HTTPIP }}"],
  ["{{user `a` | upper}}", "{{`${var.a}` | upper}}", "upper"],
  ['{{split (user `a`) "-" 0}}', '{{split (`${var.a}`) \\"-\\" 0}}', "split"],
  [
    "{{if eq (user `a`) `b`}}{{user `c`}}{{else}}$${x}{{end}}",
    "{{if eq (`${var.a}`) `b`}}${var.c}{{else}}$$${x}{{end}}",
  ],
  ["{{- user `a` -}} x", "{{- `${var.a}` -}} x"],
  ["{{ `it's` }}", "it's"],
  ["{{ `{{` }}", "{{ `{{` }}"],
  ["{{user `a`", "{{user `a`"],
];

describe("command/hcl2_upgrade/text", () => {
  for (const [text, hcl, ...kept] of cases) {
    it(`writes ${JSON.stringify(text)} as ${hcl}`, () => assert.deepEqual(upgradeText(text, names), { hcl, kept }));
  }
});
