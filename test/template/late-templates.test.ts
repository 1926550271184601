// Templates that a component renders while it runs: what they ask for is checked in `validate`, in every language.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { SourceRange } from "../../src/diagnostic/diagnostic.ts";
import { LANGUAGES, type Template } from "../e2e/three-languages.ts";
import { folderWith } from "../packer-ts.ts";
import { type Planned, planOf } from "./plan-view.ts";

const nothing = { type: "null", communicator: "none" };
const machine = {
  type: "qemu",
  iso_url: "http://127.0.0.1:1/disk.iso",
  iso_checksum: "none",
  ssh_username: "root",
  shutdown_command: "poweroff",
};
const container = { type: "docker", image: "alpine:3", discard: true };

/** A template with a wrong name in one option, and what the hint says. */
const wrong: readonly (readonly [option: string, bad: string, hint: string, template: Template])[] = [
  [
    "boot_command",
    ".HTTPPrt",
    "{{ .HTTPPort }}",
    { builders: [{ ...machine, boot_command: ["<esc>", "u={{ .HTTPPrt }}"] }] },
  ],
  ["boot_steps", ".HttpIP", "{{ .HTTPIP }}", { builders: [{ ...machine, boot_steps: [["x{{.HttpIP}}", "types"]] }] }],
  [
    "qemuargs",
    ".OutputDri",
    "{{ .OutputDir }}",
    { builders: [{ ...machine, qemuargs: [["-name", "{{.OutputDri}}"]] }] },
  ],
  [
    "shutdown_command",
    ".Pasword",
    "{{ .Password }}",
    { builders: [{ ...machine, shutdown_command: "echo {{.Pasword}}" }] },
  ],
  ["run_command", ".Imagee", "{{ .Image }}", { builders: [{ ...container, run_command: ["-d", "{{.Imagee}}"] }] }],
  [
    "execute_command of shell",
    ".Patch",
    "{{ .Path }}",
    { builders: [container], provisioners: [{ type: "shell", inline: ["true"], execute_command: "sh {{.Patch}}" }] },
  ],
  [
    "execute_command of windows-shell, which has no values of the build",
    ".Host",
    "{{ .Path }}, {{ .Vars }}",
    { builders: [container], provisioners: [{ type: "windows-shell", inline: ["dir"], execute_command: "{{.Host}}" }] },
  ],
  [
    "execute_command of powershell",
    ".Varz",
    "{{ .Vars }}",
    { builders: [container], provisioners: [{ type: "powershell", inline: ["dir"], execute_command: "{{.Varz}}" }] },
  ],
  [
    "elevated_execute_command of powershell",
    ".Paths",
    "{{ .Path }}",
    {
      builders: [container],
      provisioners: [{ type: "powershell", inline: ["dir"], elevated_execute_command: "{{.Paths}}" }],
    },
  ],
  [
    "execute_command of shell-local",
    ".Scrpt",
    "{{ .Script }}",
    {
      builders: [nothing],
      provisioners: [{ type: "shell-local", inline: ["true"], execute_command: ["sh", "{{.Scrpt}}"] }],
    },
  ],
  [
    "environment_vars of shell-local",
    ".Usr",
    "{{ .User }}",
    {
      builders: [nothing],
      provisioners: [{ type: "shell-local", inline: ["true"], environment_vars: ["A={{.Usr}}"] }],
    },
  ],
  [
    "output of checksum",
    ".ChecksumTyp",
    "{{ .ChecksumType }}",
    { builders: [nothing], "post-processors": [{ type: "checksum", output: "x.{{.ChecksumTyp}}" }] },
  ],
  [
    "output of compress",
    ".BuildNme",
    "{{ .BuildName }}",
    { builders: [nothing], "post-processors": [{ type: "compress", output: "{{.BuildNme}}.zip" }] },
  ],
  [
    "custom_data of manifest",
    ".PackerRunUID",
    "{{ .PackerRunUUID }}",
    { builders: [nothing], "post-processors": [{ type: "manifest", custom_data: { run: "{{.PackerRunUID}}" } }] },
  ],
  [
    "a branch that is not taken",
    ".Imgae",
    "{{ .Image }}",
    { builders: [{ ...container, run_command: ["-d", "{{ if false }}{{ .Imgae }}{{ end }}"] }] },
  ],
];

async function plan(t: TestContext, file: string, text: string): Promise<Planned> {
  const cwd = folderWith(t, { [file]: text });
  return planOf({ path: file, cwd, wanted: { formOnly: false } });
}

/** What a range covers; it has to lie on one line. */
function cut(text: string, range: SourceRange | undefined): string | undefined {
  return range && text.split("\n")[range.start.line - 1]?.slice(range.start.column - 1, range.end.column - 1);
}

describe("template/late-templates", () => {
  for (const language of LANGUAGES) {
    for (const [option, bad, hint, template] of wrong) {
      it(`${language.name}: says where ${option} asks for ${bad}`, async (t) => {
        const text = language.print(template);
        const { diagnostics, plan: planned } = await plan(t, language.file("t"), text);
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        assert.deepEqual(
          errors.map(({ code, subject }) => [code, cut(text, subject)]),
          [["gotemplate/unknown-field", bad]],
        );
        assert.ok(errors[0]?.hint?.includes(hint), errors[0]?.hint);
        assert.deepEqual(planned.builds, []);
      });
    }

    it(`${language.name}: takes every name that the options have, and the values of the build where Packer does`, async (t) => {
      const template: Template = {
        builders: [
          {
            ...machine,
            boot_command: ["{{ .HTTPIP }}{{ .HTTPPort }}{{ .Name }}{{ .SSHPublicKey }}"],
            qemuargs: [["-name", "{{ .Name }}-{{ .SSHHostPort }}-{{ with .OutputDir }}{{ . }}{{ $.Name }}{{ end }}"]],
            shutdown_command: "echo {{ .Password }} | sudo -S poweroff",
          },
        ],
        provisioners: [
          {
            type: "shell",
            inline: ["true"],
            execute_command: "{{ .Vars }} sh {{ .Path }} {{ .EnvVarFile }} {{ .Host }}",
          },
          { type: "shell-local", inline: ["true"], execute_command: ["sh", "{{ .Script }}", "{{ build `User` }}"] },
        ],
        "post-processors": [{ type: "manifest", custom_data: { on: "{{ .ConnType }}" } }],
      };
      const { diagnostics } = await plan(t, language.file("t"), language.print(template));
      assert.deepEqual(
        diagnostics.filter(({ severity }) => severity === "error"),
        [],
      );
    });

    it(`${language.name}: refuses functions of the variables in a template that is rendered later`, async (t) => {
      for (const call of ["env `HOME`", "vault `a` `b`", "consul_key `a`", "aws_secretsmanager `a`", "sed `a` `b`"]) {
        const template = { builders: [{ ...container, run_command: ["-d", `{{ ${call} }}`] }] };
        const text = language.print(template);
        const { diagnostics } = await plan(t, language.file("t"), text);
        assert.deepEqual(
          diagnostics.map(({ code, subject }) => [code, cut(text, subject)]),
          [["gotemplate/function-failed", call]],
        );
      }
    });

    it(`${language.name}: says at once that the build has no value of a name`, async (t) => {
      const text = language.print({ builders: [{ ...machine, boot_command: ["{{ upper (build `Pasword`) }}"] }] });
      const { diagnostics } = await plan(t, language.file("t"), text);
      const found = diagnostics.find(({ severity }) => severity === "error");
      assert.deepEqual([cut(text, found?.subject), found?.hint], ["`Pasword`", 'did you mean "Password"?']);
    });
  }

  it("looks into the variable that holds a template for later", async (t) => {
    const text = JSON.stringify({
      variables: { how: "sh {{ .Pth }}" },
      builders: [container],
      provisioners: [{ type: "shell", inline: ["true"], execute_command: "{{ user `how` }}" }],
    });
    const { diagnostics } = await plan(t, "t.json", text);
    assert.deepEqual(
      diagnostics.map(({ summary, subject }) => [summary, cut(text, subject)]),
      [['In the value of the variable how: There is no value "Pth" here', "user `how`"]],
    );
  });
});

describe("template/functions of the JSON language in HCL2", () => {
  const building = (provisioner: string): string =>
    `variable "cache" {\n  default = "tmp"\n}\nsource "docker" "a" {\n  image = "alpine:3"\n  discard = true\n}\nbuild {\n  sources = ["docker.a"]\n  provisioner "shell" {\n    ${provisioner}\n  }\n}\n`;

  for (const option of ["inline = [", 'execute_command = join("", [']) {
    it(`does not make an empty text of {{ user }} in ${option.split(" ")[0]}`, async (t) => {
      const end = option.includes("join") ? '])\n    inline = ["true"]' : "]";
      const text = building(`${option}"rm -rf /srv/{{user \`cache\`}}/*"${end}`);
      const { diagnostics, plan: planned } = await plan(t, "t.pkr.hcl", text);
      const [only] = diagnostics;
      assert.equal(diagnostics.length, 1);
      assert.equal(only?.hint, "Write ${var.cache} instead.");
      assert.match(String(cut(text, only?.subject)), /user `cache`/);
      assert.deepEqual(planned.builds, []);
    });
  }

  it("advises what HCL2 has for a variable of the environment and for secrets from outside", async (t) => {
    const env = await plan(t, "t.pkr.hcl", building('inline = ["{{env `TOKEN`}}"]'));
    assert.match(String(env.diagnostics[0]?.hint), /env\("TOKEN"\).*\$\{var\.NAME\}/);
    const vault = await plan(t, "t.pkr.hcl", building('inline = ["{{vault `a/b` `c`}}"]'));
    assert.match(String(vault.diagnostics[0]?.hint), /vault\("a\/b", "c"\).*\$\{local\.NAME\}/);
  });

  it("still has the functions that mean the same in both languages", async (t) => {
    const text = building('inline = ["{{ timestamp }} {{ build_name }} {{ build `ID` }} {{ upper `a` }}"]');
    assert.deepEqual((await plan(t, "t.pkr.hcl", text)).diagnostics, []);
  });
});

describe("template/values of a builder that nobody knows", () => {
  const template: Template = {
    builders: [{ type: "amazon-ebs", name: "a" }],
    provisioners: [{ type: "shell-local", inline: ["echo {{build `SourceAMI`}}"] }],
    "post-processors": [{ type: "manifest", custom_data: { ami: "{{ .SourceAMI }} {{build `SourceAMI`}}" } }],
  };

  for (const language of LANGUAGES) {
    it(`are taken as they are, for it may well publish them (${language.name})`, async (t) => {
      const text = language
        .print(template)
        .replace("{{build `SourceAMI`}}", (whole) => (language.name === "HCL2" ? "${build.SourceAMI}" : whole));
      const cwd = folderWith(t, { [language.file("t")]: text });
      const { diagnostics } = await planOf({ path: language.file("t"), cwd, wanted: { formOnly: true } });
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ["component/not-native"],
      );
    });
  }
});
